import { randomOf } from '../dataset/random.js'
import type { TrainChoice } from './options.js'

export type Combination = Partial<TrainChoice>
/** Options with the values each may take. */
export type Sweep = {
  readonly axes: ReadonlyMap<keyof TrainChoice, readonly unknown[]>
  /** So many combinations are drawn by the seed; null for all of them. */
  readonly choose: number | null
  readonly chooseSeed: number
}

/** Every combination in the order of the axes, the last one changing first; or those that were drawn. */
export const combinationsOf = ({ axes, choose, chooseSeed }: Sweep): readonly Combination[] => {
  const all = [...axes].reduce<readonly Combination[]>((some, [name, values]) => some.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))), [{}])
  return choose === null ? all : randomOf('sweep', chooseSeed).shuffled(all).slice(0, choose)
}

export type Scored = { readonly exact: number; readonly loss: number }

/** Best by what is said word for word on dev, then by dev loss. A run whose figures are no numbers is never before one whose are. */
export const byDev = (left: Scored, right: Scored): number => {
  const [isLeft, isRight] = [left, right].map(({ exact, loss }) => Number.isFinite(exact) && Number.isFinite(loss))
  if (isLeft !== true || isRight !== true) return Number(isRight ?? false) - Number(isLeft ?? false)
  return right.exact - left.exact || left.loss - right.loss
}
