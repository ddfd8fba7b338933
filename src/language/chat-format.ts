import { endToken, type Prompt, type Segment } from './prompt.js'

/**
 * How a family of models writes down a conversation of one message. `promptOf` renders ChatML, which data sets and hashes are made of;
 * for a model of another family the same content is put between other marks, just before it becomes tokens.
 */
export type ChatFormat = {
  readonly name: string
  /** What stands before the message, */
  readonly before: Prompt
  /** what between it and the answer, */
  readonly after: Prompt
  /** what the answer begins with, */
  readonly lead: string
  /** and the special token that ends it. */
  readonly end: string
}

const special = (text: string): Segment => ({ text, special: true })
const plain = (text: string): Segment => ({ text, special: false })

const chatMlTurn = [special(endToken), plain('\n'), special('<|im_start|>'), plain('assistant\n')]

/** Qwen 2 and 2.5, SmolLM2. Their templates put a system message of their own before; a tuned model needs none. */
const chatMl: ChatFormat = { name: 'ChatML', before: [special('<|im_start|>'), plain('user\n')], after: chatMlTurn, lead: '', end: endToken }

/** Qwen 3, told not to think. */
const withoutThought: ChatFormat = {
  ...chatMl, name: 'ChatML without a thought', after: [...chatMlTurn, special('<think>'), plain('\n\n'), special('</think>'), plain('\n\n')],
}

const header = (role: string): Prompt => [special('<|start_header_id|>'), plain(role), special('<|end_header_id|>'), plain('\n\n')]

/** Llama 3. The later ones put a system message with today's date before, which would change the prompt from day to day. */
const headers: ChatFormat = {
  name: 'Llama 3', before: [special('<|begin_of_text|>'), ...header('user')], after: [special('<|eot_id|>'), ...header('assistant')], lead: '', end: '<|eot_id|>',
}

const mistral = { end: '</s>', before: [special('<s>'), special('[INST]')], after: [special('[/INST]')] }

/** Mistral with Tekken, from Nemo on. */
const tight: ChatFormat = { ...mistral, name: 'Mistral, Tekken', lead: '' }

/** Mistral 7B 0.3. */
const spaced: ChatFormat = { ...mistral, name: 'Mistral', before: [...mistral.before, plain(' ')], lead: ' ' }

/** Mistral 7B up to 0.2 and Llama 2, whose marks are ordinary text. */
const written: ChatFormat = { name: 'Mistral, marks as text', before: [special('<s>'), plain('[INST] ')], after: [plain(' [/INST]')], lead: ' ', end: '</s>' }

/** From the most particular to the most general, where a vocabulary would do for several. */
export const chatFormats = { withoutThought, chatMl, headers, spaced, tight, written } as const satisfies Record<string, ChatFormat>

/** The content of a prompt, or of the beginning of one, between the marks of a format. */
export const inFormat = (prompt: Prompt, { before, after }: ChatFormat): Prompt => {
  const end = prompt.findIndex((segment) => segment.special && segment.text === endToken)
  const said = (end === -1 ? prompt : prompt.slice(0, end)).filter((segment) => !segment.special)
  const content = said.map(({ text }, index) => plain(index === 0 ? text.replace(/^user\n/, '') : text))
  return joined([...before, ...content.slice(0, 1)]).concat(content.slice(1), end === -1 ? [] : after)
}

/** Ordinary text side by side as one piece. */
const joined = (segments: Prompt): Prompt => segments.reduce<readonly Segment[]>((done, segment) => {
  const last = done.at(-1)
  return last === undefined || last.special || segment.special ? [...done, segment] : [...done.slice(0, -1), plain(last.text + segment.text)]
}, [])
