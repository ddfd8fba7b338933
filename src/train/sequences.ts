import type { Example } from '../dataset/example.js'
import { readPrompt } from '../language/prompt.js'
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
}

/** Renders and tokenises through the one renderer. Throws CannotTrain where an example is longer than the model reads. */
export const sequenceOf = (tokenizer: Encoder, { prompt, completion, weight, origin }: Example, longest: number): Sequence => {
  const { ids, mask } = tokensOf(tokenizer, readPrompt(prompt), completion)
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
