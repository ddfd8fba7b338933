import type { StepReader } from './step-reader.js'

export const noop: StepReader<'noop'> = { schema: 'noop', about: () => '', read: () => ({}) }
