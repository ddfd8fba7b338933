import type { Fact } from './knowledge.js'

export type Hit = { readonly fact: Fact; readonly score: number }
/** Finds the fact that answers a question; null where none is near enough. */
export type Search = (question: string) => Hit | null

/** Below this the words shared are too few or too common: tuned on the sample bank, see the test beside. */
const threshold = 0.34
/** A question that was written down says more than its answer does. */
const weights = { title: 1, question: 1, answer: 0.5 } as const

const stopWords = new Set((
  'a an and are at be by can could did do does for from get give go had has have how i if in is it its know let like me my need of off on or our '
  + 'please should so some tell than that the their them there these they this to up us want was we were what when where which who whom why will with would you your'
).split(' '))

/** Words without their endings, so that "transfers cost" meets "a transfer costs". English rules; other languages lose little by them. */
export const termsOf = (text: string): readonly string[] =>
  text.normalize('NFKD').replace(/\p{Mark}/gu, '').toLowerCase().split(/[^\p{Letter}\p{Number}]+/u)
    .filter((word) => word !== '' && !stopWords.has(word)).map(stemOf)

const stemOf = (word: string): string => {
  if (word.length <= 3) return word
  const stem = word.replace(/ies$/, 'y').replace(/(?<=[^s])s$/, '').replace(/(?<=\w{3})(?:ing|ed)$/, '').replace(/(?<=\w{3})e$/, '')
  return stem.replace(/([bdfgmnprt])\1$/, '$1')
}

/**
 * Lexical search: rare words weigh more (inverse document frequency over facts). The score, 0 to 1, is how much of the
 * question a fact knows, and how much of one of its own questions was asked.
 */
export const searchOver = (facts: readonly Fact[]): Search => {
  const indexed = facts.map((fact) => {
    const questions = fact.questions.map((question) => new Set(termsOf(question)))
    const asked = new Set([...termsOf(fact.title), ...questions.flatMap((terms) => [...terms])])
    return { fact, questions, asked, title: new Set(termsOf(fact.title)), answer: new Set(termsOf(fact.answer)) }
  })
  const counts = new Map<string, number>()
  for (const { asked, answer } of indexed) for (const term of new Set([...asked, ...answer])) counts.set(term, (counts.get(term) ?? 0) + 1)
  const rarity = (term: string): number => Math.log(1 + facts.length / ((counts.get(term) ?? 0) + 0.5))
  const sum = (terms: Iterable<string>, weigh: (term: string) => number): number => [...terms].reduce((total, term) => total + rarity(term) * weigh(term), 0)

  return (question) => {
    const terms = new Set(termsOf(question))
    if (terms.size === 0) return null
    const whole = sum(terms, () => 1)
    let best: Hit | null = null
    for (const { fact, questions, asked, title, answer } of indexed) {
      const known = sum(terms, (term) => (asked.has(term) ? weights.question : answer.has(term) ? weights.answer : 0)) / whole
      const nearest = Math.max(...[title, ...questions].map((own) => (own.size === 0 ? 0 : sum(own, (term) => (terms.has(term) ? 1 : 0)) / sum(own, () => 1))))
      const score = 0.6 * known + 0.4 * nearest
      if (score > (best?.score ?? 0)) best = { fact, score }
    }
    return best !== null && best.score >= threshold ? best : null
  }
}
