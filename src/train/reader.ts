import { add, addN, logSumExp, mul, sub, sum, tensor, tidy, type Scalar, type Tensor, type Tensor2D, type Variable } from '@tensorflow/tfjs-core'
import { randomOf, type Random } from '../dataset/random.js'
import { messagesOf, type Encoder, type Messages } from '../model/encoder/encoder.js'
import type { SlotAnswers, SlotHead } from '../model/encoder/slot-head.js'
import { breath } from './activations.js'
import { createEncoderTuner, readTogether } from './encoder-tuner.js'

/** A text in word pieces with what is right about it; questions of other flows are not asked. */
export type ReaderExample = {
  readonly pieces: readonly number[]
  /** Questions of choice, and the class that is right. */
  readonly choices: readonly { readonly question: number; readonly right: number }[]
  /** Questions for words, and every place where they stand. */
  readonly words: readonly { readonly question: number; readonly places: readonly { readonly from: number; readonly to: number }[] }[]
}

export type ReaderOptions = {
  readonly rank: number
  readonly alpha: number
  readonly epochs: number
  /** Word pieces a step, padding included. */
  readonly batchPieces: number
  /** Highest learning rate of the adapter, and of the questions. */
  readonly learningRate: number
  readonly headRate: number
  readonly warmup: number
  readonly weightDecay: number
  readonly clipNorm: number
  readonly seed: number
}

export const readerOptions: ReaderOptions = {
  rank: 32, alpha: 64, epochs: 2, batchPieces: 4096, learningRate: 7e-4, headRate: 2e-3, warmup: 0.05, weightDecay: 0.01, clipNorm: 1, seed: 1,
}

export type ReaderJob = {
  /** With the adapter whose numbers are `variables`. */
  readonly encoder: Encoder
  readonly variables: readonly Variable[]
  readonly head: SlotHead
  readonly padding: number
  readonly examples: readonly ReaderExample[]
  readonly options: ReaderOptions
  readonly report: (step: number, steps: number, loss: number) => void
  readonly signal: AbortSignal
}

/** Tunes an encoder and a head of questions together, in place. Throws LossExploded, or the signal's reason. */
export const trainReader = async ({ encoder, variables, head, padding, examples, options, report, signal }: ReaderJob): Promise<void> => {
  const epochs = Array.from({ length: options.epochs }, (_, epoch) => batchesOf(examples, options.batchPieces, randomOf(options.seed, 'reader', epoch)))
  const batches = epochs.flat()
  const tuner = createEncoderTuner(variables, head.variables, { ...options, steps: batches.length })
  try {
    for (const [at, members] of batches.entries()) {
      signal.throwIfAborted()
      const messages = messagesOf(members.map(({ pieces }) => pieces), padding)
      const loss = tuner.step(() => lossOf(head.answer(encoder.tokens(messages), maskOf(messages)), members, messages))
      report(at + 1, batches.length, loss)
      await breath()
    }
  } finally {
    tuner.dispose()
  }
}

export const maskOf = ({ mask, count, length }: Messages): Tensor2D => tensor(mask, [count, length])

/**
 * Minus the logarithm of the probability of what is right, summed over what is asked and averaged over texts. A value that stands in several places is
 * right in each of them.
 */
const lossOf = ({ choices, starts, ends }: SlotAnswers, members: readonly ReaderExample[], { length }: Messages): Scalar => {
  const places = (of: 'from' | 'to'): readonly Right[] =>
    members.flatMap(({ words }, row) => words.flatMap(({ question, places }) => places.map((place) => ({ row, question, at: Math.min(place[of], length - 1) }))))
  const chosen = members.flatMap(({ choices }, row) => choices.map(({ question, right }): Right => ({ row, question, at: right })))
  const losses = [surprise(choices, chosen), surprise(starts, places('from')), surprise(ends, places('to'))]
  return mul(addN(losses), 1 / members.length)
}

type Right = { readonly row: number; readonly question: number; readonly at: number }

const surprise = (logits: Tensor, rights: readonly Right[]): Scalar => {
  const [B = 0, Q = 0, V = 0] = logits.shape
  const right = new Float32Array(B * Q * V).fill(-1e9)
  const asked = new Float32Array(B * Q)
  for (const { row, question, at } of rights) {
    right[(row * Q + question) * V + at] = 0
    asked[row * Q + question] = 1
  }
  const missing = sub(logSumExp(logits, -1), logSumExp(add(logits, tensor(right, [B, Q, V])), -1))
  return sum(mul(missing, tensor(asked, [B, Q])))
}

/** Texts of like length stand together, as many as fill a step; the last of a length is filled up, since every other shape costs a compilation. */
const batchesOf = (examples: readonly ReaderExample[], batchPieces: number, random: Random): readonly (readonly ReaderExample[])[] => {
  const byLength = new Map<number, ReaderExample[]>()
  for (const example of random.shuffled(examples)) {
    const { length } = messagesOf([example.pieces], 0)
    const members = byLength.get(length) ?? []
    byLength.set(length, members)
    members.push(example)
  }
  const batches = [...byLength].sort(([left], [right]) => left - right).flatMap(([length, members]) => {
    const size = Math.max(1, Math.floor(batchPieces / length))
    return Array.from({ length: Math.ceil(members.length / size) }, (_, batch) =>
      Array.from({ length: size }, (_, at) => members[(batch * size + at) % members.length] as ReaderExample))
  })
  return random.shuffled(batches)
}

/** Logits of one text, the places in as many pieces as it has: [P, V], [W, T] and [W, T]. */
export type ReaderAnswer = { readonly choices: readonly (readonly number[])[]; readonly starts: readonly (readonly number[])[]; readonly ends: readonly (readonly number[])[] }

/** Answers about texts side by side, padding included. */
export const answersTo = (encoder: Encoder, head: SlotHead, messages: Messages): readonly ReaderAnswer[] => {
  const { choices, starts, ends } = tidy(() => {
    const answers = head.answer(encoder.tokens(messages), maskOf(messages))
    return { choices: answers.choices.arraySync(), starts: answers.starts.arraySync(), ends: answers.ends.arraySync() }
  })
  return choices.map((of, row) => ({ choices: of, starts: starts[row] ?? [], ends: ends[row] ?? [] }))
}

/** Answers about many texts in their order, those of like length read together; `take` is given each answer when it is there. */
export const answerAll = async (
  encoder: Encoder, head: SlotHead, padding: number, texts: readonly (readonly number[])[], take: (at: number, answer: ReaderAnswer) => void,
  report: (done: number, total: number) => void, signal: AbortSignal,
): Promise<void> => {
  const atOnce = 16
  await readTogether(texts, atOnce, (members) => {
    // Rows that are missing are filled up, since every other shape costs a compilation.
    const messages = messagesOf(Array.from({ length: atOnce }, (_, row) => texts[members[row] ?? members[0] ?? 0] ?? []), padding)
    const answers = answersTo(encoder, head, messages)
    members.forEach((at, row) => {
      const { choices = [], starts = [], ends = [] } = answers[row] ?? {}
      const length = texts[at]?.length ?? 0
      take(at, { choices, starts: starts.map((scores) => scores.slice(0, length)), ends: ends.map((scores) => scores.slice(0, length)) })
    })
  }, report, signal)
}
