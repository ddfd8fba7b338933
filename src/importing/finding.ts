import type { Place } from '../project/types.js'
import { placeOf, type MapEntry, type Span } from '../project/yaml-node.js'

/** What became of one part of a Rasa project. Each part has exactly one fate, so that nothing is lost in silence. */
export type Fate = 'taken over' | 'translated' | 'without effect' | 'not taken over'
export type Finding = {
  readonly fate: Fate
  /** What kind of part it is: flow, slot, rule, story ... */
  readonly kind: string
  readonly name: string
  readonly place: Place
  /** What it became, or why it could not be taken. */
  readonly message: string
  /** What to do instead. */
  readonly advice?: string
}

/** Where a part stands: in the text of a file, or a file as a whole. */
type At = Span | string

export const finding = (fate: Fate, kind: string, name: string, at: At, message: string, advice?: string): Finding => ({
  fate, kind, name, message,
  place: typeof at === 'string' ? { file: at, line: 1, column: 1 } : placeOf(at),
  ...(advice !== undefined && { advice }),
})

/** What a translator tells, changes and adds. */
export type Notes = {
  readonly note: (finding: Finding) => void
  /** Changes a file of the Rasa project on its way over. */
  readonly edit: (file: string, edit: Edit) => void
  /** The path, or one with a number where another file has it. */
  readonly free: (path: string) => string
  /** Adds a file of our own, under a free path. */
  readonly add: (path: string, text: string) => void
}

/** One change of a YAML file. Parts are named by where they start in the text: an entry by its key, an item by its value. */
export type Edit =
  | { readonly do: 'drop entry' | 'drop item'; readonly span: Span }
  | { readonly do: 'put'; readonly key: Span; readonly value: unknown }
  | { readonly do: 'rename'; readonly key: Span; readonly name: string }
  | { readonly do: 'append'; readonly key: Span; readonly value: unknown }
  | { readonly do: 'add'; readonly name: string; readonly value: unknown }

/** An entry from its key to the end of its value. */
export const wholeOf = ({ key, value }: MapEntry): Span => ({ source: key.source, start: key.start, end: Math.max(key.end, value.end) })
