import type { Step, StepKindName } from '../project/types.js'
import type { Run } from './run.js'

/** All that the engine asks about one kind of step. The frame on top of the stack already stands at the step. */
export type StepKind<K extends StepKindName> = {
  /** Does what the step says. What comes next is the business of the main loop. */
  readonly enter: (run: Run, step: Step<K>) => void
}
