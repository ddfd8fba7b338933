import type { WordPieces } from '../model/encoder/word-piece.js'
import { sameAs, type Known, type TranscriptTurn } from './transcript.js'

/** Word pieces that are read of a conversation, of what was known before, and of one thing that the agent said. */
export const longestReading = 208
const longestKnown = 72
const longestOfAgent = 32

/**
 * Cuts a conversation into pieces as the encoder reads it: what was known from earlier calls, then the newest turn first, so that what is left out of a
 * long one is the oldest. Each text is cut once. `slots`: results show the fields that are named like a slot, and what is said to people.
 */
export const contextReader = ({ encode }: WordPieces, slots: ReadonlySet<string>): ((before: readonly TranscriptTurn[], known: readonly Known[]) => readonly number[]) => {
  const [begin = 0, end = 0] = encode('', 2)
  const cuts = new Map<string, readonly number[]>()
  const cut = (text: string): readonly number[] => {
    const pieces = cuts.get(text) ?? encode(text, Infinity).slice(1, -1)
    cuts.set(text, pieces)
    return pieces
  }
  return (before, known) => {
    const read = known.flatMap(({ flow, slots: held }) => [...cut(`known ${asWords(flow)} :`), ...Object.entries(held).flatMap(([slot, value]) => cut(`${asWords(slot)} ${value} ,`))]).slice(0, longestKnown)
    for (let at = before.length - 1; at >= 0 && read.length < longestReading - 2; at -= 1) {
      const turn = before[at]
      if (turn !== undefined) read.push(...marked(turn, cut, slots))
    }
    return [begin, ...read.slice(0, longestReading - 2), end]
  }
}

/** `CustomerName` is read as "Customer Name". */
const asWords = (name: string): string => name.replace(/_/g, ' ').replace(/(?<=[a-z])(?=[A-Z])/g, ' ')

const marked = (turn: TranscriptTurn, cut: (text: string) => readonly number[], slots: ReadonlySet<string>): readonly number[] => {
  switch (turn.from) {
    case 'user': return [...cut('user :'), ...cut(turn.text)]
    case 'agent': return [...cut('agent :'), ...cut(turn.text).slice(0, longestOfAgent)]
    case 'call': return cut(`call ${asWords(turn.flow)}`)
    case 'result': return cut(`result ${shown(turn.fields, slots)}`)
  }
}

const shown = (fields: Readonly<Record<string, unknown>>, slots: ReadonlySet<string>): string =>
  Object.entries(fields).filter(([name, value]) => typeof value !== 'object' && (slots.has(name) || name === 'Message')).map(([name, value]) => `${name} ${String(value)}`).join(', ')

/** Where the pieces of a value stand in those of a conversation, first and last of each. */
export const standsAt = (context: readonly number[], value: readonly number[]): readonly { readonly from: number; readonly to: number }[] => {
  if (value.length === 0) return []
  return context.flatMap((_, from) => (value.every((piece, at) => context[from + at] === piece) ? [{ from, to: from + value.length - 1 }] : []))
}

/** A value as it was written in the conversation, last where it was written in several ways; as it is where nobody wrote it. */
export const spellingOf = (value: string, before: readonly TranscriptTurn[]): string => {
  const words = sameAs(value).split(' ').map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${words.join('[^\\p{L}\\p{N}]*')}(?![\\p{L}\\p{N}])`, 'iu')
  for (let at = before.length - 1; at >= 0; at -= 1) {
    const turn = before[at]
    if (turn?.from !== 'user' && turn?.from !== 'agent') continue
    const found = pattern.exec(turn.text)?.[0]
    if (found !== undefined) return found
  }
  return value
}
