import { add, addN, dispose, div, keep, mul, slice, sqrt, square, squeeze, sub, sum, tensor1d, tidy, zerosLike, type Tensor, type Variable } from '@tensorflow/tfjs-core'
import { compiled, type Fusable } from '../tensor/program.js'
import type { TrainOptions } from './options.js'

/** AdamW's state: the two moments of each parameter, in float32, and how many steps were taken. */
export type AdamW = {
  readonly variables: readonly Variable[]
  readonly first: Tensor[]
  readonly second: Tensor[]
  /** Steps taken so far. */
  taken: number
}

export const createAdamW = (variables: readonly Variable[]): AdamW => ({
  variables,
  first: variables.map((variable) => keep(zerosLike(variable))),
  second: variables.map((variable) => keep(zerosLike(variable))),
  taken: 0,
})

export const disposeAdamW = ({ first, second }: AdamW): void => dispose([...first, ...second])

/** One fused pass over a parameter. Loshchilov and Hutter 2017, arXiv 1711.05101; as torch.optim.AdamW orders it. */
const update: Fusable = {
  name: 'adamw',
  results: ['float32', 'float32', 'float32'],
  program: (parameter, gradient, first, second, settings) => {
    const setting = (at: number): Tensor => squeeze(slice(settings, [at], [1]))
    const [rate, scale, beta1, beta2, epsilon, decay, correction1, correction2] = Array.from({ length: 8 }, (_, at) => setting(at)) as
      [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
    const g = mul(gradient, scale)
    const m = add(mul(first, beta1), mul(g, sub(1, beta1)))
    const v = add(mul(second, beta2), mul(square(g), sub(1, beta2)))
    const step = div(div(m, correction1), add(sqrt(div(v, correction2)), epsilon))
    return [sub(mul(parameter, sub(1, mul(rate, decay))), mul(step, rate)), m, v]
  },
}

/** The Euclidean norm over all gradients. */
export const normOf = (gradients: readonly Tensor[]): number =>
  Math.sqrt(tidy(() => addN(gradients.map((gradient) => sum(square(gradient)))).dataSync()[0] ?? NaN))

/** Moves the parameters against their gradients, which `scale` shortens first. */
export const takeStep = (
  optimizer: AdamW, gradients: readonly Tensor[], learningRate: number, scale: number,
  { beta1, beta2, epsilon, weightDecay }: Pick<TrainOptions, 'beta1' | 'beta2' | 'epsilon' | 'weightDecay'>,
): void => {
  optimizer.taken += 1
  const { variables, first, second, taken } = optimizer
  const settings = tensor1d([learningRate, scale, beta1, beta2, epsilon, weightDecay, 1 - beta1 ** taken, 1 - beta2 ** taken])
  variables.forEach((variable, index) => tidy(() => {
    const [gradient, m, v] = [gradients[index], first[index], second[index]]
    if (gradient === undefined || m === undefined || v === undefined) return
    const [parameter, m1, v1] = compiled(update)(variable, gradient, m, v, settings)
    if (parameter === undefined || m1 === undefined || v1 === undefined) return
    variable.assign(parameter)
    first[index] = keep(m1)
    second[index] = keep(v1)
    dispose([m, v])
  }))
  settings.dispose()
}
