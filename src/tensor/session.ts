import type { TensorFlowBackend } from './backend.js'
import type { Eager } from './eager.js'
import type { TensorFlow } from './library.js'

/** TensorFlow opened in this process: one for its whole life, for TensorFlow's own state is global too. */
export type Session = {
  readonly tf: TensorFlow
  readonly eager: Eager
  readonly backend: TensorFlowBackend
  /** Whether programs are fused by XLA; without it they run operation by operation, with the same results to rounding. */
  readonly fuses: boolean
  readonly nextFunction: () => number
}
