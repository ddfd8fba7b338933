import type { Command } from '../dialogue/commands.js'
import type { Tracker } from '../dialogue/tracker.js'
import type { Project } from '../project/types.js'

export type Candidate = { readonly text: string; readonly probability: number }

/** What the model made of one message, kept whole in the user event for later learning. */
export type Understanding = {
  readonly commands: readonly Command[]
  /** Best first: alternatives at the first decision (which command), with probabilities over legal commands only. */
  readonly candidates: readonly Candidate[]
  /** Probability of the whole command sequence among legal ones. */
  readonly probability: number
  readonly promptHash: string
  readonly modelVersion: string
  readonly milliseconds: number
}

/** Translates one message, in context, into commands that are legal in this state. */
export type Understander = {
  readonly modelVersion: string
  readonly understand: (project: Project, tracker: Tracker, message: string, signal?: AbortSignal) => Promise<Understanding>
  readonly dispose: () => Promise<void>
}
