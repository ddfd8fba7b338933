import { add, matMul, mul, reshape, softmax, split, sub, tensor, tidy, transpose, variable, zeros, type Rank, type Tensor, type Tensor2D, type Tensor3D, type Variable } from '@tensorflow/tfjs-core'

/*
 * Questions about a text whose tokens an encoder has read. Each looks at the tokens in its own way: a choice takes a weighted mean of them (attention
 * with a learned query) and scores its classes on it; a question for words scores every token as the first and as the last of them (Devlin et al.
 * 2018, arXiv 1810.04805, section 4.2), the token for the beginning of the text standing for "not said". What a question learns is the sum of what is
 * its own and what all of its name learn together: the day of a meeting and the day of a party are found alike.
 *
 * B texts of T tokens; C hidden; P choices of N names with V classes; W questions for words of M names.
 */

export type SlotQuestions = {
  readonly hidden: number
  readonly classes: number // V
  /** Each with the number of its name, and the classes it may have. */
  readonly choices: readonly { readonly name: number; readonly allowed: readonly number[] }[]
  readonly words: readonly { readonly name: number }[]
}

export type SlotAnswers = {
  readonly choices: Tensor3D // [B, P, V], logits
  readonly starts: Tensor3D // [B, W, T], logits
  readonly ends: Tensor3D // [B, W, T], logits
}

/** What the head learns, by the names under which it is kept. */
export type SlotHeadNumbers = Readonly<Record<SlotHeadPart, Float32Array>>
export const slotHeadParts = ['queryShared', 'queryOwn', 'classShared', 'classBias', 'wordShared', 'wordOwn'] as const
export type SlotHeadPart = typeof slotHeadParts[number]

export type SlotHead = {
  readonly variables: readonly Variable[]
  /** Tokens [B T, C] and mask [B, T], 1 for tokens and 0 for padding. */
  readonly answer: (tokens: Tensor2D, mask: Tensor2D) => SlotAnswers
  readonly numbers: () => SlotHeadNumbers
  readonly dispose: () => void
}

export const shapesOf = ({ hidden: C, classes: V, choices, words }: SlotQuestions): Readonly<Record<SlotHeadPart, [number, number]>> => {
  const [N, M] = [choices, words].map((questions) => Math.max(0, ...questions.map(({ name }) => name + 1)))
  return {
    queryShared: [N ?? 0, C], queryOwn: [choices.length, C], classShared: [N ?? 0, C * V], classBias: [choices.length, V],
    wordShared: [M ?? 0, 2 * C], wordOwn: [words.length, 2 * C],
  }
}

/** With numbers that were learned before, or ready to learn: all questions look everywhere and have no opinion. */
export const createSlotHead = (questions: SlotQuestions, known?: SlotHeadNumbers): SlotHead => {
  const { hidden: C, classes: V, choices, words } = questions
  const shapes = shapesOf(questions)
  const make = (part: SlotHeadPart): Variable<Rank.R2> => tidy(() => variable(known === undefined ? zeros<Rank.R2>(shapes[part]) : tensor(known[part], shapes[part])))
  const parts = { queryShared: make('queryShared'), queryOwn: make('queryOwn'), classShared: make('classShared'), classBias: make('classBias'), wordShared: make('wordShared'), wordOwn: make('wordOwn') }
  const [P, W] = [choices.length, words.length]
  const forbidden = Float32Array.from({ length: P * V }, (_, at) => (choices[Math.floor(at / V)]?.allowed.includes(at % V) === true ? 0 : -1e9))
  /** What is shared by names, for each question: a product, since its gradient is one too. */
  const byName = (asked: readonly { readonly name: number }[], shared: Tensor2D): Tensor2D => {
    const [names] = shared.shape
    return matMul(tensor(Float32Array.from({ length: asked.length * names }, (_, at) => (asked[Math.floor(at / names)]?.name === at % names ? 1 : 0)), [asked.length, names]), shared)
  }

  const chosen = (rows: Tensor3D, known: Tensor2D): Tensor3D => {
    const [B, T] = rows.shape
    const queries = add<Tensor2D>(byName(choices, parts.queryShared), parts.queryOwn)
    const looks: Tensor3D = transpose(reshape(matMul(reshape<Rank.R2>(rows, [B * T, C]), queries, false, true), [B, T, P]), [0, 2, 1])
    const seen = matMul(softmax(add<Tensor3D>(mul(looks, C ** -0.5), reshape(known, [B, 1, T]))), rows) // [B, P, C]
    const classes = reshape(byName(choices, parts.classShared), [P, C, V])
    const scores = transpose(matMul(transpose(seen, [1, 0, 2]), classes), [1, 0, 2]) as Tensor3D // [B, P, V]
    return add<Tensor3D>(add(scores, parts.classBias), tensor(forbidden, [P, V]))
  }
  const pointed = (rows: Tensor3D, known: Tensor2D): readonly [Tensor3D, Tensor3D] => {
    const [B, T] = rows.shape
    const both = reshape<Rank.R2>(add(byName(words, parts.wordShared), parts.wordOwn), [W * 2, C])
    const scores = transpose(reshape(matMul(reshape<Rank.R2>(rows, [B * T, C]), both, false, true), [B, T, W, 2]), [0, 2, 3, 1])
    const [starts, ends] = split(add(scores, reshape(known, [B, 1, 1, T])), 2, 2) as [Tensor, Tensor]
    return [reshape(starts, [B, W, T]), reshape(ends, [B, W, T])]
  }
  return {
    variables: slotHeadParts.map((part) => parts[part]),
    answer: (tokens, mask) => {
      const [B, T] = mask.shape
      const rows: Tensor3D = reshape(tokens, [B, T, C])
      const known = mul<Tensor2D>(sub(mask, 1), 1e9)
      const [starts, ends] = pointed(rows, known)
      return { choices: chosen(rows, known), starts, ends }
    },
    numbers: () => Object.fromEntries(slotHeadParts.map((part) => [part, Float32Array.from(parts[part].dataSync())])) as unknown as SlotHeadNumbers,
    dispose: () => { for (const part of slotHeadParts) parts[part].dispose() },
  }
}
