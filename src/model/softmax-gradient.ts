import { mul, sub, sum, type Tensor } from '@tensorflow/tfjs-core'

/** Gradient by the scores of a softmax over the last axis, from its probabilities and their gradient. */
export const softmaxGradient = (probabilities: Tensor, dy: Tensor): Tensor =>
  mul(probabilities, sub(dy, sum(mul(probabilities, dy), -1, true)))
