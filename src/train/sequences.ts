import type { Example } from '../dataset/example.js'
import { contextLines, readPrompt, type Prompt } from '../language/prompt.js'
import { tokensOf, type Encoder } from '../language/tokens.js'
import { CannotTrain } from './errors.js'

/** An example as the model sees it: what it reads, and what it is to say after which token. */
export type Sequence = {
  /** What the model reads. The last token of the example is only ever predicted, so it is not here. */
  readonly ids: Int32Array
  /** Places in `ids` after which a token of the completion follows, */
  readonly places: Int32Array
  /** and that token. */
  readonly labels: Int32Array
  readonly weight: number
  /** Sequences of one family begin with the same tokens, */
  readonly family: number
  /** so many of them. None of `places` is among these. */
  readonly shared: number
}

/**
 * All examples as sequences. Examples in the same situation are a family: what the model makes of that situation is then computed
 * once for several of them. Throws CannotTrain where an example is longer than the model reads.
 */
export const sequencesOf = (tokenizer: Encoder, examples: readonly Example[], longest: number): readonly Sequence[] => {
  const families = new Map<string, { readonly number: number; readonly members: Alone[] }>()
  const read = examples.map((example) => {
    const prompt = readPrompt(example.prompt)
    const sequence = sequenceOf(tokenizer, prompt, example, longest)
    const situation = contextLines(prompt).join('\n')
    const family = families.get(situation) ?? { number: families.size, members: [] }
    families.set(situation, family)
    family.members.push(sequence)
    return { sequence, family: family.number }
  })
  const shared = [...families.values()].map(({ members }) => sharedBy(members))
  return read.map(({ sequence, family }) => ({ ...sequence, family, shared: shared[family] ?? 0 }))
}

type Alone = Omit<Sequence, 'family' | 'shared'>

/** How many tokens all begin with before the first that is to be predicted; 0 for one alone, which shares nothing. */
const sharedBy = ([first, ...others]: readonly Alone[]): number => {
  if (first === undefined || others.length === 0) return 0
  const most = Math.min(...[first, ...others].map(({ places }) => places[0] ?? 0))
  let shared = 0
  while (shared < most && others.every(({ ids }) => ids[shared] === first.ids[shared])) shared += 1
  return shared
}

/** Tokenises through the one renderer. */
const sequenceOf = (tokenizer: Encoder, prompt: Prompt, { completion, weight, origin }: Example, longest: number): Alone => {
  const { ids, mask } = tokensOf(tokenizer, prompt, completion)
  if (ids.length > longest) {
    throw new CannotTrain(`an example from ${origin.file}:${origin.line} has ${ids.length} tokens`, `Shorten it to ${longest} tokens.`)
  }
  const places = mask.flatMap((learned, at) => (learned && at > 0 ? [at - 1] : []))
  return {
    ids: Int32Array.from(ids.slice(0, -1)),
    places: Int32Array.from(places),
    labels: Int32Array.from(places, (place) => ids[place + 1] ?? 0),
    weight,
  }
}
