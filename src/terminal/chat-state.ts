import type { Button } from '../project/types.js'

/** A bot message as the terminal shows it. */
export type ShownMessage = {
  readonly text?: string | null
  readonly image?: string | null
  readonly buttons?: readonly Button[]
  readonly custom?: unknown
}
export type Line = {
  readonly id: number
  readonly who: 'you' | 'bot' | 'note' | 'error'
  readonly text: string
}
/** All that the chat screen shows. A screen is a function of this value and nothing else. */
export type ChatState = {
  readonly lines: readonly Line[]
  readonly input: string
  /** Position of the cursor in `input`, in UTF-16 units. */
  readonly cursor: number
  /** Earlier inputs, oldest first, and where the arrow keys stand in them (`sent.length` = the new line). */
  readonly sent: readonly string[]
  readonly recalled: number
  /** Buttons of the latest answer: typing their number sends their payload. */
  readonly buttons: readonly Button[]
  readonly waiting: boolean
  readonly nextId: number
}
export type ChatEvent =
  | { readonly kind: 'typed'; readonly text: string }
  | { readonly kind: 'erased' }
  | { readonly kind: 'moved'; readonly by: -1 | 1 }
  | { readonly kind: 'recalled'; readonly by: -1 | 1 }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'sent'; readonly text: string }
  | { readonly kind: 'answered'; readonly messages: readonly ShownMessage[] }
  | { readonly kind: 'failed'; readonly sentence: string }
  | { readonly kind: 'noted'; readonly sentence: string }

export const emptyChat: ChatState = { lines: [], input: '', cursor: 0, sent: [], recalled: 0, buttons: [], waiting: false, nextId: 1 }

export const foldChat = (state: ChatState, event: ChatEvent): ChatState => {
  switch (event.kind) {
    case 'typed': {
      const typed = event.text.replace(/[\r\n]+/g, ' ')
      const input = state.input.slice(0, state.cursor) + typed + state.input.slice(state.cursor)
      return { ...state, input, cursor: state.cursor + typed.length }
    }
    case 'erased': {
      if (state.cursor === 0) return state
      const before = Array.from(state.input.slice(0, state.cursor)).slice(0, -1).join('')
      return { ...state, input: before + state.input.slice(state.cursor), cursor: before.length }
    }
    case 'moved':
      return { ...state, cursor: Math.min(state.input.length, Math.max(0, state.cursor + event.by)) }
    case 'recalled': {
      const recalled = Math.min(state.sent.length, Math.max(0, state.recalled + event.by))
      const input = state.sent[recalled] ?? ''
      return { ...state, recalled, input, cursor: input.length }
    }
    case 'cleared':
      return { ...state, input: '', cursor: 0, recalled: state.sent.length }
    case 'sent': {
      const sent = [...state.sent, event.text]
      return { ...withLine(state, 'you', event.text), input: '', cursor: 0, sent, recalled: sent.length, buttons: [], waiting: true }
    }
    case 'answered': {
      const lines = event.messages.flatMap(linesOf)
      const shown = lines.length === 0 ? withLine(state, 'note', '(no answer)') : lines.reduce((next, text) => withLine(next, 'bot', text), state)
      return { ...shown, buttons: event.messages.flatMap(({ buttons }) => buttons ?? []), waiting: false }
    }
    case 'failed':
      return { ...withLine(state, 'error', event.sentence), waiting: false }
    case 'noted':
      return withLine(state, 'note', event.sentence)
    default:
      return event satisfies never
  }
}

/** What Enter sends: the payload of a button where its number was typed, else the text itself; null for a blank line. */
export const messageOf = (state: ChatState): string | null => {
  const text = state.input.trim()
  if (text === '') return null
  const chosen = /^\d{1,2}$/.test(text) ? state.buttons[Number(text) - 1] : undefined
  return chosen?.payload ?? text
}

const withLine = (state: ChatState, who: Line['who'], text: string): ChatState => ({
  ...state,
  lines: [...state.lines, { id: state.nextId, who, text }],
  nextId: state.nextId + 1,
})

const linesOf = (message: ShownMessage): readonly string[] => {
  const lines: string[] = []
  if (message.text !== undefined && message.text !== null && message.text !== '') lines.push(message.text)
  if (message.image !== undefined && message.image !== null) lines.push(`[image: ${message.image}]`)
  if (message.custom !== undefined && message.custom !== null) lines.push(`[custom: ${JSON.stringify(message.custom)}]`)
  return lines
}
