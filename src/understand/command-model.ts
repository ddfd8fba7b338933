import type { Situation } from '../dialogue/situation.js'
import type { Position } from '../language/grammar.js'
import type { Prompt } from '../language/prompt.js'
import type { Project } from '../project/types.js'
import type { Decoded } from './decoder.js'

/** One message in its place. A tuned model reads the prompt alone; a general one needs the whole situation spelled out. */
export type Question = {
  readonly project: Project
  readonly situation: Situation
  readonly message: string
  readonly prompt: Prompt
  /** What may be answered. Never without a choice. */
  readonly start: Position
}

/** Whatever turns a message into legal commands: a model in this process, or a server. */
export type CommandModel = {
  readonly version: string
  /** Throws where the model cannot answer, and the signal's reason once it fires. */
  readonly read: (question: Question, signal: AbortSignal) => Promise<Decoded>
  /** Reads the beginning of a prompt before its message is known, where that saves time later. Does nothing while the model is busy. */
  readonly readAhead?: (beginning: Prompt) => Promise<void>
  readonly dispose: () => Promise<void>
}

/** A model that needs no more than prompt and grammar: it can also decode examples, of which nothing else is kept. */
export type PromptModel = Omit<CommandModel, 'read'> & {
  readonly read: (question: Pick<Question, 'prompt' | 'start'>, signal: AbortSignal) => Promise<Decoded>
}
