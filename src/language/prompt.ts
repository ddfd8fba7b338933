import { createHash } from 'node:crypto'
import type { Situation, SituationSlot } from '../dialogue/situation.js'
import type { Project, SlotValue } from '../project/types.js'
import { questionFor } from './question.js'
import { spokenLine } from './values.js'

/** A piece of the prompt. Special pieces are single tokens of the model; all else is text, whatever it looks like. */
export type Segment = { readonly text: string; readonly special: boolean }
/** What the model reads before it writes its commands: for training, evaluation and serving alike. */
export type Prompt = readonly Segment[]

/** Characters kept of each part. They bound the prompt to about 250 tokens, whatever is sent. */
export const promptLimits = { message: 480, question: 72, value: 24, values: 96, slots: 6, options: 4, interrupted: 2 } as const

const begin = '<|im_start|>'
/** Ends each turn of the chat format; the model writes it after the last command. */
export const endToken = '<|im_end|>'

/** How the chat format frames what a user says, up to where the answer begins. A server's template must give the same. */
export const turnText = (content: string): string => `${begin}user\n${content}${endToken}\n${begin}assistant\n`

/**
 * Renders the situation and the new message. Only what changes from turn to turn is in it: the flows are in the weights.
 * What is known before the message comes first, so that it can be read ahead.
 */
export const promptOf = (project: Project, situation: Situation, message: string): Prompt => [
  { text: begin, special: true },
  { text: `user\n${contextOf(project, situation)}\nuser:`, special: false },
  { text: ` ${messageOf(message)}`, special: false },
  { text: endToken, special: true },
  { text: '\n', special: false },
  { text: begin, special: true },
  { text: 'assistant\n', special: false },
]

/** The lines before the message. */
const contextOf = (project: Project, situation: Situation): string => {
  const { flow, asked, pattern, options, interrupted } = situation
  const lines = [
    flow === null ? 'no flow' : `flow ${flow}`,
    ...(interrupted.length === 0 ? [] : [`paused ${interrupted.slice(0, promptLimits.interrupted).join(', ')}`]),
    ...filledLine(situation.slots, asked),
    ...(pattern === null ? [] : [pattern]),
    ...(options.length === 0 ? [] : [`options ${options.slice(0, promptLimits.options).join(', ')}`]),
    ...(asked === null ? [] : [askedLine(project, situation, asked)]),
  ]
  return lines.join('\n')
}

/** What `promptOf` wrote before the message, line by line. */
export const contextLines = (prompt: Prompt): readonly string[] => {
  const opening = prompt.find(({ special }) => !special)?.text ?? ''
  return opening.replace(/^user\n/, '').replace(/\nuser:$/, '').split('\n')
}

const filledLine = (slots: readonly SituationSlot[], asked: string | null): readonly string[] => {
  const filled = slots.filter(({ name, value }) => value !== null && name !== asked).slice(0, promptLimits.slots)
  return filled.length === 0 ? [] : [filled.map(({ name, value }) => `${name} ${shortValue(value)}`).join(', ')]
}

const askedLine = (project: Project, { flow, pattern, slots }: Situation, asked: string): string => {
  const question = questionFor(project, flow, pattern, asked)
  const type = typeOf(slots.find(({ name }) => name === asked) ?? project.slots.get(asked))
  return `ask ${asked}${type}${question === null ? '' : `: ${shortQuestion(question)}`}`
}

const typeOf = (slot: Pick<SituationSlot, 'type' | 'values'> | undefined): string => {
  switch (slot?.type) {
    case 'bool': return ' (yes or no)'
    case 'float': return ' (number)'
    case 'categorical': return ` (${withinLimit(slot.values.join(', '), promptLimits.values)})`
    case 'text': case 'any': case 'list': case undefined: return ''
  }
}

/** The sentence that asks. Values in it stand on their own line already. */
const shortQuestion = (question: string): string => {
  const line = safe(spokenLine(question)).replace(/\{(\w+)\}/g, '$1')
  const sentences = line.match(/[^.!?]+[.!?]*/g)?.map((sentence) => sentence.trim()) ?? [line]
  const asking = sentences.findLast((sentence) => sentence.endsWith('?')) ?? sentences.at(-1) ?? line
  return withinLimit(asking, promptLimits.question)
}

const shortValue = (value: SlotValue): string =>
  withinLimit(safe(spokenLine(typeof value === 'string' ? value : JSON.stringify(value))), promptLimits.value)

/** Head and tail of a long message: the request tends to stand at one of its ends. */
const messageOf = (message: string): string => {
  const line = safe(spokenLine(message))
  if (line.length <= promptLimits.message) return line
  const tail = Math.floor(promptLimits.message / 4)
  return whole(`${whole(line.slice(0, promptLimits.message - tail - 5))} ... ${line.slice(-tail).replace(/^[\uDC00-\uDFFF]/, '')}`)
}

const withinLimit = (text: string, limit: number): string => (text.length <= limit ? text : `${whole(text.slice(0, limit - 3))}...`)

/** No half of a surrogate pair at the cut. */
const whole = (text: string): string => text.replace(/[\uD800-\uDBFF]$/, '')

/** Text that looks like a special token stays text, and the written prompt can be read back. */
const safe = (text: string): string => text.replaceAll('<|', '< |')

/** The whole prompt as one text: for people, files and hashes. */
export const promptText = (prompt: Prompt): string => prompt.map(({ text }) => text).join('')

/** Reads what `promptText` wrote. The pieces between special tokens come back as the renderer made them. */
export const readPrompt = (text: string): Prompt =>
  text
    .split(/(<\|im_start\|>|<\|im_end\|>)/)
    .flatMap((part): readonly Segment[] => {
      if (part === begin || part === endToken) return [{ text: part, special: true }]
      // Names may hold `user:` too, but the message never starts a line of its own.
      const message = part.lastIndexOf('\nuser:')
      if (!part.startsWith('user\n') || message === -1) return part === '' ? [] : [{ text: part, special: false }]
      const cut = message + '\nuser:'.length
      return [{ text: part.slice(0, cut), special: false }, { text: part.slice(cut), special: false }]
    })

/** sha256 in hex: the name under which an answer to this prompt can be remembered. */
export const promptHash = (prompt: Prompt): string => createHash('sha256').update(JSON.stringify(prompt)).digest('hex')
