import type { FlowCoverage } from '../testing/coverage.js'

/** How tests came through a step: how often, and in what share of the test cases that came through its flow. */
export type Paint = { readonly times: number; readonly share: number }

/** By step. Steps that are not listed were never entered. */
export type FlowPaint = { readonly steps: ReadonlyMap<string, Paint>; readonly share: number }

export const paintOf = ({ cases, steps, entered }: FlowCoverage): FlowPaint => ({
  steps: new Map(entered.map(({ step, times, cases: own }) => [step, { times, share: cases === 0 ? 0 : own / cases }])),
  share: steps === 0 ? 1 : entered.length / steps,
})

export const percent = (share: number): string => `${Math.round(share * 100)} %`
