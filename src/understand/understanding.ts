import type { Command } from '../dialogue/commands.js'
import type { Heard } from '../dialogue/heard.js'
import type { Tracker } from '../dialogue/tracker.js'
import type { Project } from '../project/types.js'

type Candidate = { readonly text: string; readonly probability: number }

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
  /** What an NLU model beside it has heard. */
  readonly heard?: Heard
  /** For the slot of the router, where it has just decided to stay with one system. */
  readonly isCalm?: boolean
}

/** Translates one message, in context, into commands that are legal in this state. */
export type Understander = {
  readonly modelVersion: string
  readonly understand: (project: Project, tracker: Tracker, message: string, signal?: AbortSignal) => Promise<Understanding>
  /**
   * Prepares for whatever the user says next in this state, while nobody waits: the next `understand` is then faster.
   * Does nothing where the model is busy or cannot. Call it once a turn is answered; its failure means nothing.
   */
  readonly readAhead?: (project: Project, tracker: Tracker) => Promise<void>
  readonly dispose: () => Promise<void>
}
