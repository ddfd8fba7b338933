import type { Example } from '../dataset/example.js'
import { randomOf, type Random } from '../dataset/random.js'
import { advanced, kindsAt, type Position } from '../language/grammar.js'
import { endKind, kindOf } from '../language/kind.js'
import { readPrompt } from '../language/prompt.js'
import { tempered } from './calibration.js'
import type { Embed } from './encoder.js'
import { logitsOf, openLabels, widthOf, type Head } from './head.js'
import { buckets, featuresOf, notedOf, type Features } from './head-features.js'

export type HeadOptions = {
  /** How much the head counts beside the language model. */
  readonly lambda: number
  readonly epochs: number
  readonly learningRate: number
  /** Share of the numbered features that are left out, others each time: no single word is to be relied on. */
  readonly dropout: number
  readonly seed: number
}
export const headOptions: HeadOptions = { lambda: 2, epochs: 4, learningRate: 0.1, dropout: 0.2, seed: 1 }

/** What the head is told of the project. */
export type HeadTask = {
  /** Where an example stands, before its first line. Null where nobody knows. */
  readonly startOf: (example: Example) => Position | null
  readonly isClosedSlot: (name: string) => boolean
}

/** One line of an example: which label is right, of those that were open. */
export type Sample = { readonly features: Features; readonly label: number; readonly open: Int32Array; readonly weight: number }

/**
 * Trains a head over every line of the examples and over their ends, told apart from what is legal there only. The same examples
 * give the same head. `encoder` is the name of the encoder that `embed` belongs to. Null where there are fewer than two kinds to tell
 * apart. Throws the signal's reason.
 */
export const trainHead = async (
  examples: readonly Example[], task: HeadTask, embed: Embed, encoder: string, options: HeadOptions = headOptions, signal?: AbortSignal,
): Promise<Head | null> => {
  const labels = labelsOf(examples, task)
  if (labels === null) return null
  const embeddings = await embedded([...new Set(examples.map(({ message }) => message))], embed, signal)
  const samples = examples.flatMap((example) => samplesOf(example, task, embeddings.get(example.message) ?? new Float32Array(0), labels))
  return { encoder, labels, lambda: options.lambda, weights: fittedWeights(samples, labels.length, options) }
}

/** The kinds of lines in the examples, and the end. Null where there are fewer than two kinds to tell apart. */
export const labelsOf = (examples: readonly Example[], { isClosedSlot }: HeadTask): readonly string[] | null => {
  const kinds = [...new Set(examples.flatMap(({ commands }) => commands.map((command) => kindOf(command, isClosedSlot))))].sort()
  return kinds.length < 2 ? null : [...kinds, endKind]
}

/** Two messages are under way at any time, for encoders that can read two at once. */
export const embedded = async (messages: readonly string[], embed: Embed, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, Float32Array>> => {
  const embeddings = new Map<string, Float32Array>()
  const waiting = messages.values()
  const work = async (): Promise<void> => {
    for (const message of waiting) {
      signal?.throwIfAborted()
      embeddings.set(message, await embed(message))
    }
  }
  await Promise.all([work(), work()])
  return embeddings
}

/** Each line of an example where there was a choice, and its end. */
export const samplesOf = (example: Example, { startOf, isClosedSlot }: HeadTask, embedding: Float32Array, labels: readonly string[]): readonly Sample[] => {
  const noted = notedOf(embedding, readPrompt(example.prompt), example.message)
  const kinds = example.commands.map((command) => kindOf(command, isClosedSlot))
  let position = startOf(example)
  return [...kinds, endKind].flatMap((kind, index): readonly Sample[] => {
    if (position === null) return []
    const legal = kindsAt(position)
    const command = example.commands[index]
    if (command !== undefined) position = advanced(position, command)
    if (legal.size < 2) return []
    const open = Int32Array.from(openLabels(labels, new Set([...legal, kind])))
    return [{ features: featuresOf(noted, kinds.slice(0, index)), label: labels.indexOf(kind), open, weight: example.weight }]
  })
}

/** Steps smaller than this change nothing and cost time. */
const leastGradient = 1e-5

/** AdaGrad, Duchi et al. 2011 (JMLR 12), a sample a step: most features are rare, and each gets a rate of its own. */
export const fittedWeights = (samples: readonly Sample[], labels: number, { epochs, learningRate, dropout, seed }: Omit<HeadOptions, 'lambda'>): Float32Array => {
  const [first] = samples
  const weights = new Float32Array(labels * (first === undefined ? 0 : widthOf(first.features.embedding)))
  const squares = new Float32Array(weights.length).fill(1e-6)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const random = randomOf(seed, 'head', epoch)
    const rate = learningRate * (1 - 0.9 * epoch / epochs)
    for (const { features: all, label, open, weight } of random.shuffled(samples)) {
      const features = thinned(all, dropout, random)
      const shares = tempered([...logitsOf(weights, labels, features, open)], 1)
      const errors = Float64Array.from(open, (one, index) => weight * ((shares[index] ?? 0) - (one === label ? 1 : 0)))
      step(weights, squares, labels, features, open, errors, rate)
    }
  }
  return weights
}

const thinned = ({ embedding, sparse: { at, value } }: Features, dropout: number, random: Random): Features => {
  const kept = at.map(() => (random.next() < dropout ? 0 : 1))
  return { embedding, sparse: { at: at.filter((_, index) => kept[index] === 1), value: value.filter((_, index) => kept[index] === 1) } }
}

const step = (
  weights: Float32Array, squares: Float32Array, labels: number, { embedding, sparse: { at, value } }: Features, open: Int32Array, errors: Float64Array, rate: number,
): void => {
  const learn = (feature: number, amount: number): void => {
    const from = feature * labels
    for (let i = 0; i < open.length; i++) {
      const gradient = (errors[i] as number) * amount
      if (Math.abs(gradient) < leastGradient) continue
      const place = from + (open[i] as number)
      const square = (squares[place] as number) + gradient * gradient
      squares[place] = square
      weights[place] = (weights[place] as number) - rate * gradient / Math.sqrt(square)
    }
  }
  embedding.forEach((amount, index) => { learn(index, amount) })
  at.forEach((feature, index) => { learn(embedding.length + feature, value[index] as number) })
  learn(embedding.length + buckets, 1)
}
