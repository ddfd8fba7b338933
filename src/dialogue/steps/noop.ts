import type { StepKind } from '../step-kind.js'

export const noop: StepKind<'noop'> = { enter: () => undefined }
