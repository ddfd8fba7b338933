import { sameAs, type Transcript } from '../dataset/transcript.js'

/**
 * Which slot each question fills, in the order of the questions; one that fills none is left out. A question and a slot belong together where the
 * value of the next call stands in the answer more often than in other messages, and where they share words. Without slots, the words of a question
 * after `ask` are the name of its slot.
 */
export const slotsOfQuestions = (flow: string, questions: readonly string[], slots: readonly string[], transcripts: readonly Transcript[]): ReadonlyMap<string, string> => {
  if (slots.length === 0) return new Map(questions.map((question) => [question, wordsOfQuestion(question).join('_')]))
  const answered = answersOf(flow, transcripts)
  const scored = questions.flatMap((question) => slots.map((slot) => ({ question, slot, score: answered(question, slot) + sharedWords(question, slot) })))
  const found = new Map<string, string>()
  for (const { question, slot, score } of scored.sort((left, right) => right.score - left.score)) {
    if (score > leastScore && !found.has(question) && ![...found.values()].includes(slot)) found.set(question, slot)
  }
  return new Map(questions.flatMap((question) => {
    const slot = found.get(question)
    return slot === undefined ? [] : [[question, slot] as const]
  }))
}

const leastScore = 0.05

/** How much more often the value of a slot stands in the answer to a question than in any message. */
const answersOf = (flow: string, transcripts: readonly Transcript[]): ((question: string, slot: string) => number) => {
  const counts = new Map<string, { said: number; total: number }>()
  const count = (question: string, slot: string, isSaid: boolean): void => {
    const key = `${question} ${slot}`
    const one = counts.get(key) ?? { said: 0, total: 0 }
    counts.set(key, one)
    one.total += 1
    if (isSaid) one.said += 1
  }
  for (const { turns } of transcripts) {
    for (const [at, turn] of turns.entries()) {
      if (turn.from !== 'user') continue
      const call = turns.slice(at).find((later) => later.from === 'call')
      if (call?.from !== 'call' || call.flow !== flow) continue
      const before = turns[at - 1]
      const message = ` ${sameAs(turn.text)} `
      for (const [slot, value] of Object.entries(call.slots)) {
        const isSaid = message.includes(` ${sameAs(value)} `)
        count('', slot, isSaid)
        if (before?.from === 'agent' && before.action !== null) count(before.action, slot, isSaid)
      }
    }
  }
  const share = (question: string, slot: string): number => {
    const { said, total } = counts.get(`${question} ${slot}`) ?? { said: 0, total: 1 }
    return said / total
  }
  return (question, slot) => share(question, slot) - share('', slot)
}

const wordsOfQuestion = (question: string): readonly string[] => question.replace(/^.*?ask_/, '').split('_')

const sharedWords = (question: string, slot: string): number => {
  const own = new Set(slot.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase().split(' '))
  const words = wordsOfQuestion(question)
  return words.filter((word) => own.has(word)).length / Math.max(words.length, own.size)
}
