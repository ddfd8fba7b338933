import type { Example } from '../dataset/example.js'
import { kindOf } from '../language/kind.js'
import { readPrompt } from '../language/prompt.js'
import { tempered } from './calibration.js'
import type { Embed } from './encoder.js'
import { logitOf, widthOf, type Head } from './head.js'
import { buckets, featuresOf, type Features } from './head-features.js'
import { minimised } from './minimise.js'

/** How much the head counts where nobody chose otherwise. */
export const defaultLambda = 0.5

export type HeadOptions = {
  readonly lambda: number
  /** Inverse strength of the L2 penalty over all examples together, as in scikit-learn's LogisticRegression. */
  readonly c: number
  readonly iterations: number
}
export const headOptions = (given: Partial<HeadOptions> = {}): HeadOptions => ({ lambda: defaultLambda, c: 3, iterations: 60, ...given })

/** Kinds of commands that may come first where an example stands; null where nobody knows. */
export type LegalKinds = (example: Example) => ReadonlySet<string> | null

type Sample = { readonly features: Features; readonly label: number; readonly allowed: Uint8Array | null }

/**
 * Trains a head over the first command of each example, told apart from what is legal beside it only. The same examples give the
 * same head. `encoder` is the name of the encoder that `embed` belongs to. Null where there are fewer than two kinds to tell apart.
 * Throws the signal's reason.
 */
export const trainHead = async (
  examples: readonly Example[], legal: LegalKinds, embed: Embed, encoder: string, options: HeadOptions = headOptions(), signal?: AbortSignal,
): Promise<Head | null> => {
  const firsts = examples.flatMap((example) => {
    const [command] = example.commands
    return command === undefined ? [] : [{ example, kind: kindOf(command) }]
  })
  const labels = [...new Set(firsts.map(({ kind }) => kind))].sort()
  if (labels.length < 2) return null
  const embeddings = new Map<string, Float32Array>()
  const samples: Sample[] = []
  for (const { example, kind } of firsts) {
    signal?.throwIfAborted()
    const embedding = embeddings.get(example.message) ?? await embed(example.message)
    embeddings.set(example.message, embedding)
    const kinds = legal(example)
    const allowed = kinds === null ? null : Uint8Array.from(labels, (label) => (label === kind || kinds.has(label) ? 1 : 0))
    samples.push({ features: featuresOf(embedding, readPrompt(example.prompt), example.message), label: labels.indexOf(kind), allowed })
  }
  return { encoder, labels, lambda: options.lambda, weights: fitted(samples, labels.length, options) }
}

const fitted = (samples: readonly Sample[], labels: number, { c, iterations }: HeadOptions): Float32Array => {
  const [first] = samples
  const width = first === undefined ? 0 : widthOf(first.features)
  const loss = (weights: Float64Array): { readonly value: number; readonly gradient: Float64Array } => {
    const gradient = new Float64Array(weights.length)
    let value = 0
    for (const { features, label, allowed } of samples) {
      const isOpen = (k: number): boolean => allowed === null || allowed[k] === 1
      const shares = tempered(Array.from({ length: labels }, (_, k) => (isOpen(k) ? logitOf(weights, k * width, features) : -Infinity)), 1)
      value -= Math.log(Math.max(shares[label] ?? 0, Number.MIN_VALUE))
      for (let k = 0; k < labels; k++) {
        const error = (shares[k] ?? 0) - (k === label ? 1 : 0)
        if (error !== 0) addTo(gradient, k * width, features, error)
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

const addTo = (gradient: Float64Array, from: number, { embedding, sparse: { at, value } }: Features, error: number): void => {
  for (let i = 0; i < embedding.length; i++) gradient[from + i] = (gradient[from + i] as number) + error * (embedding[i] as number)
  const start = from + embedding.length
  for (let i = 0; i < at.length; i++) gradient[start + (at[i] as number)] = (gradient[start + (at[i] as number)] as number) + error * (value[i] as number)
  gradient[start + buckets] = (gradient[start + buckets] as number) + error
}
