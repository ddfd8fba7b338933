import type { Command, CommandName, CommandOf } from './commands.js'
import { pushPlainPattern, type Run } from './run.js'
import type { Standing } from './standing.js'

/** What clean-up knows while it goes through the commands of one message. */
export type Cleaning = Standing & {
  /** Flows that this message starts. */
  readonly starting: ReadonlySet<string>
  /** This message cancels the active flow. */
  readonly isCancelling: boolean
}

/** A dropped command was either superfluous (it said what is so already) or could not be taken. */
export type Verdict = { readonly keep: Command } | { readonly drop: 'superfluous' | 'refused' }
export const keep = (command: Command): Verdict => ({ keep: command })
export const refused: Verdict = { drop: 'refused' }
export const superfluous: Verdict = { drop: 'superfluous' }

/** Whether a bare `None`, `null` or `undefined` is a value of this slot, rather than the word for nothing. */
export type IsValue = (slot: string, word: string) => boolean

/** A spelling of the command: `groups` are those of the pattern, over one line without bullets and quotes around names. */
export type Spelling = { readonly pattern: RegExp; readonly command: (groups: readonly string[], isValue: IsValue) => Command | null }

/** All that is asked about one kind of command. */
export type CommandKind<K extends CommandName> = {
  /** `turn`: from a message, cleaned and combined with others. `alone`: from the engine or the edge; takes the whole turn. */
  readonly kind: 'turn' | 'alone'
  /** The line of the compact syntax, null for commands that no model writes. */
  readonly write: (command: CommandOf<K>) => string | null
  readonly spellings: readonly Spelling[]
  readonly clean: (command: CommandOf<K>, state: Cleaning) => Verdict
  /**
   * When it acts among the commands of a turn. What acts later lies higher on the stack and is heard first:
   * slots, then new flows, then their validation, then digressions, then corrections, then a cancellation.
   */
  readonly phase: Phase
  readonly run: (run: Run, command: CommandOf<K>) => void
}
export type Phase = 'slots' | 'flows' | 'digressions' | 'corrections' | 'cancellation'

/** Acts by pushing one pattern without context. */
export const digression = (pattern: string) => (run: Run): void => pushPlainPattern(run, pattern)
