import type { Example } from '../dataset/example.js'
import { kindOf } from '../language/kind.js'
import type { Embed } from './encoder.js'
import type { Head } from './head.js'
import { minimised } from './minimise.js'

/** How much the head counts where nobody chose otherwise. */
export const defaultLambda = 0.5

export type HeadOptions = {
  readonly lambda: number
  /** Inverse strength of the L2 penalty over all examples together, as in scikit-learn's LogisticRegression. */
  readonly c: number
  readonly iterations: number
}
export const headOptions = (given: Partial<HeadOptions> = {}): HeadOptions => ({ lambda: defaultLambda, c: 10, iterations: 60, ...given })

type Sample = { readonly embedding: Float32Array; readonly label: number; readonly weight: number }

/**
 * Trains a head over the first command of each example. The same examples give the same head. `encoder` is the name of the
 * encoder that `embed` belongs to. Null where there are fewer than two kinds to tell apart. Throws the signal's reason.
 */
export const trainHead = async (
  examples: readonly Example[], embed: Embed, encoder: string, options: HeadOptions = headOptions(), signal?: AbortSignal,
): Promise<Head | null> => {
  const counted = new Map<string, { readonly message: string; readonly kind: string; weight: number }>()
  for (const { message, commands: [command], weight } of examples) {
    if (command === undefined) continue
    const kind = kindOf(command)
    const key = JSON.stringify([message, kind])
    const known = counted.get(key)
    // The same words in several states are one thing to the encoder.
    if (known === undefined) counted.set(key, { message, kind, weight })
    else known.weight = Math.max(known.weight, weight)
  }
  const labels = [...new Set([...counted.values()].map(({ kind }) => kind))].sort()
  if (labels.length < 2) return null
  const weigh = balanced([...counted.values()])
  const samples: Sample[] = []
  for (const { message, kind, weight } of counted.values()) {
    signal?.throwIfAborted()
    samples.push({ embedding: await embed(message), label: labels.indexOf(kind), weight: weight * weigh(kind) })
  }
  return { encoder, labels, lambda: options.lambda, weights: fitted(samples, labels.length, options) }
}

/** Weights that give rare kinds more say, half-way to equal ones: by the square root of their counts. Their mean over the examples is 1. */
const balanced = (examples: readonly { readonly kind: string }[]): ((kind: string) => number) => {
  const counts = new Map<string, number>()
  for (const { kind } of examples) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const scale = examples.length / [...counts.values()].reduce((sum, count) => sum + Math.sqrt(count), 0)
  return (kind) => scale / Math.sqrt(counts.get(kind) ?? 1)
}

const fitted = (samples: readonly Sample[], labels: number, { c, iterations }: HeadOptions): Float32Array => {
  const width = (samples[0]?.embedding.length ?? 0) + 1
  const loss = (weights: Float64Array): { readonly value: number; readonly gradient: Float64Array } => {
    const gradient = new Float64Array(weights.length)
    let value = 0
    const logits = new Float64Array(labels)
    for (const { embedding, label, weight } of samples) {
      for (let k = 0; k < labels; k++) {
        let sum = weights[k * width + width - 1] ?? 0
        for (let i = 0; i < width - 1; i++) sum += (weights[k * width + i] as number) * (embedding[i] as number)
        logits[k] = sum
      }
      const highest = Math.max(...logits)
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0)
      value += weight * (highest + Math.log(total) - (logits[label] ?? 0))
      for (let k = 0; k < labels; k++) {
        const error = weight * (Math.exp((logits[k] ?? 0) - highest) / total - (k === label ? 1 : 0))
        for (let i = 0; i < width - 1; i++) gradient[k * width + i] = (gradient[k * width + i] as number) + error * (embedding[i] as number)
        gradient[k * width + width - 1] = (gradient[k * width + width - 1] ?? 0) + error
      }
    }
    // Biases are not held back: how often a kind occurs is no excess.
    weights.forEach((w, index) => {
      if (index % width === width - 1) return
      value += (w * w) / (2 * c)
      gradient[index] = (gradient[index] ?? 0) + w / c
    })
    return { value, gradient }
  }
  return Float32Array.from(minimised(loss, new Float64Array(labels * width), iterations))
}
