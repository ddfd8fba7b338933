import type { Command } from '../dialogue/commands.js'
import type { LegalState } from './legal-state.js'

/** Where an example came from: a line a person can open. */
export type Origin = {
  readonly kind: 'flow' | 'example' | 'e2e' | 'transcript' | 'feedback' | 'augmented'
  readonly file: string
  readonly line: number
  readonly flow: string | null
}

/** One turn to learn from: what the model sees, and what it should say. One JSON line in train.jsonl. */
export type Example = {
  /** sha256 of prompt and completion: the same content is the same example. */
  readonly id: string
  /** The message as the user said it. */
  readonly message: string
  /** The whole text the model is shown, as the one renderer made it; `readPrompt` parts it again for the tokenizer. */
  readonly prompt: string
  /** Command lines joined by newline, in the syntax of dialogue/command-text. */
  readonly completion: string
  readonly commands: readonly Command[]
  /** What may be said in this state: `legalFrom` makes it legal commands again, for decoding the example. Absent where no conversation stands behind it. */
  readonly legal?: LegalState
  readonly origin: Origin
  /** Near-duplicates share a group; a group is never split over train, dev and test. */
  readonly group: string
  readonly weight: number
}
