import { inFormat, type ChatFormat } from './chat-format.js'
import type { Prompt, Segment } from './prompt.js'

/** What a piece of text follows. */
export type Place = 'nothing' | 'special' | 'text'

/** The little that is needed of a tokenizer. `special`: read names of special tokens as those tokens. */
export type Encoder = {
  readonly encode: (text: string, options: { readonly special: boolean; readonly after?: Place }) => readonly number[]
  readonly chatFormat: () => ChatFormat
}
export type Decoder = { readonly decode: (ids: readonly number[]) => string }

/** Ids and loss mask of the same length. True where the model is to learn: the completion and the token that ends it. */
export type Tokens = { readonly ids: readonly number[]; readonly mask: readonly boolean[] }

/** Makes ids and mask together, in the model's own chat format, so that they cannot disagree. Without a completion all is prompt. */
export const tokensOf = (tokenizer: Encoder, prompt: Prompt, completion?: string): Tokens => {
  const format = tokenizer.chatFormat()
  let after: Place = 'nothing'
  const encoded = (segments: readonly Segment[]): readonly number[] => segments.flatMap(({ text, special }) => {
    const ids = tokenizer.encode(text, { special, after })
    after = special ? 'special' : 'text'
    return ids
  })
  const read = encoded(inFormat(prompt, format))
  const learned = completion === undefined ? [] : encoded([{ text: `${format.lead}${completion}`, special: false }, { text: format.end, special: true }])
  return { ids: [...read, ...learned], mask: [...read.map(() => false), ...learned.map(() => true)] }
}

/** A stretch of text the model only reads, or learns to write. */
export type Stretch = { readonly text: string; readonly learned: boolean }

/** Neighbours with the same mask, decoded together: what the trainer really sees. */
export const stretchesOf = (tokenizer: Decoder, { ids, mask }: Tokens): readonly Stretch[] => {
  const stretches: Stretch[] = []
  for (let from = 0; from < ids.length; ) {
    const learned = mask[from] ?? false
    let to = from + 1
    while (to < ids.length && mask[to] === learned) to++
    stretches.push({ text: tokenizer.decode(ids.slice(from, to)), learned })
    from = to
  }
  return stretches
}

/** The mask in two colours; without colour, what is learned stands between angles. */
export const painted = (stretches: readonly Stretch[], colour: boolean): string =>
  stretches.map(({ text, learned }) => {
    if (colour) return `\u001B[${learned ? '32' : '34'}m${text}\u001B[39m`
    return learned ? `«${text}»` : text
  }).join('')
