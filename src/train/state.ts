import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import type { AdamW } from './adamw.js'
import { writeCheckpoint, type Best, type Checkpoint } from './checkpoint.js'
import type { TrainOptions } from './options.js'
import type { CurvePoint, DevPoint } from './progress.js'

/** What changes from step to step. Taken from a checkpoint or fresh, the rest of training is the same. */
export type TrainState = {
  readonly optimizer: AdamW
  /** Steps taken. */
  step: number
  best: Best | null
  bestParameters: readonly Float32Array[]
  readonly trainCurve: CurvePoint[]
  readonly devCurve: DevPoint[]
  /** Seconds of training before this start. */
  readonly secondsBefore: number
}

export const freshState = (optimizer: AdamW): TrainState =>
  ({ optimizer, step: 0, best: null, bestParameters: [], trainCurve: [], devCurve: [], secondsBefore: 0 })

type Group = 'parameter' | 'first' | 'second' | 'best'
const nameOf = (group: Group, index: number): string => `${group}.${index}`

/** Puts the numbers of a checkpoint into the optimizer and its variables. */
export const restoredState = (optimizer: AdamW, { step, best, curves, seconds, arrays }: Checkpoint): TrainState => {
  const array = (group: Group, index: number, size: number): Float32Array => {
    const found = arrays.get(nameOf(group, index))
    if (found?.length !== size) throw new RangeError(`The checkpoint has ${found?.length ?? 0} numbers for ${nameOf(group, index)}, expected ${size}`)
    return found
  }
  const replaced = (old: Tensor, group: Group, index: number): Tensor => {
    const made = tensor(array(group, index, old.size), old.shape)
    old.dispose()
    return made
  }
  const { variables, first, second } = optimizer
  variables.forEach((variable, index) => {
    const value = tensor(array('parameter', index, variable.size), variable.shape)
    variable.assign(value)
    value.dispose()
  })
  first.forEach((moment, index) => { first[index] = replaced(moment, 'first', index) })
  second.forEach((moment, index) => { second[index] = replaced(moment, 'second', index) })
  optimizer.taken = step
  return {
    optimizer, step, best,
    bestParameters: best === null ? [] : variables.map(({ size }, index) => array('best', index, size)),
    trainCurve: [...curves.train],
    devCurve: [...curves.dev],
    secondsBefore: seconds,
  }
}

export const numbersOf = (tensors: readonly Tensor[]): Float32Array[] => tensors.map((one) => one.dataSync() as Float32Array)

/** Writes the state down; after a crash at any moment the file is this one or the one before it. */
export const saveState = (
  path: string, state: TrainState, { fingerprint, options, seconds }: { readonly fingerprint: string; readonly options: TrainOptions; readonly seconds: number },
): Promise<void> => {
  const { optimizer, step, best, bestParameters, trainCurve, devCurve } = state
  const named = (group: Group, all: readonly Float32Array[]): [string, Float32Array][] => all.map((numbers, index) => [nameOf(group, index), numbers])
  const arrays = new Map([
    ...named('parameter', numbersOf(optimizer.variables)),
    ...named('first', numbersOf(optimizer.first)),
    ...named('second', numbersOf(optimizer.second)),
    ...named('best', bestParameters),
  ])
  return writeCheckpoint(path, { fingerprint, options, step, best, curves: { train: trainCurve, dev: devCurve }, seconds, arrays })
}
