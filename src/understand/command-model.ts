import type { Position } from '../language/grammar.js'
import type { Prompt } from '../language/prompt.js'
import type { Decoded } from './decoder.js'

/** Whatever turns a prompt into legal commands: a model in this process, or a server. */
export type CommandModel = {
  readonly version: string
  /** `start` is never without a choice. Throws where the model cannot answer, and the signal's reason where it fires. */
  readonly read: (prompt: Prompt, start: Position, signal: AbortSignal) => Promise<Decoded>
  /** Reads the beginning of a prompt before its message is known, where that saves time later. Does nothing while the model is busy. */
  readonly readAhead?: (beginning: Prompt) => Promise<void>
  readonly dispose: () => Promise<void>
}
