import type { OtherBackend } from '../tensor/other-backends.js'

/** What training tells while it runs. Plain records; how they look is the terminal's business. */
export type TrainProgress =
  | { readonly kind: 'backend'; readonly name: OtherBackend['name'] }
  | { readonly kind: 'start'; readonly steps: number; readonly firstStep: number; readonly tokens: number; readonly parameters: number; readonly layers: string }
  | { readonly kind: 'activations'; readonly done: number; readonly total: number }
  | {
    readonly kind: 'step'
    readonly step: number
    readonly steps: number
    /** Mean over the weighted tokens of the step. */
    readonly loss: number
    readonly learningRate: number
    readonly gradientNorm: number
    /** Real tokens read in a second, padding not counted, over the last steps. */
    readonly tokensPerSecond: number
    readonly secondsLeft: number
  }
  | { readonly kind: 'evaluation'; readonly step: number; readonly loss: number; readonly exact: number; readonly best: boolean }
  | { readonly kind: 'checkpoint'; readonly step: number; readonly file: string }
  | { readonly kind: 'stopped'; readonly step: number; readonly reason: 'signal' | 'no better dev loss' }
export type TrainReport = (progress: TrainProgress) => void

/** A point of the curves that the run record keeps. */
export type CurvePoint = { readonly step: number; readonly loss: number }
export type DevPoint = CurvePoint & { readonly exact: number }
