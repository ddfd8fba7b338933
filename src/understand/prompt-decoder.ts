import type { Prompt } from '../language/prompt.js'
import { tokenStart, type CompletionTokens } from '../language/token-trie.js'
import { tokensOf } from '../language/tokens.js'
import type { Tokenizer } from '../model/tokenizer.js'
import { withCertainty, type Certainty } from './certainty.js'
import type { PromptModel, Question } from './command-model.js'
import { decode, type Decoded, type DecoderOptions, type SecondOpinion } from './decoder.js'
import type { Encoder } from './encoder.js'
import { ModelDisposed } from './errors.js'
import { opinionOf, type Head } from './head.js'
import { notedOf } from './head-features.js'
import type { Sequences } from './llama-sequences.js'
import { createQueue } from './queue.js'

export type PromptDecoderParts = {
  readonly version: string
  readonly tokenizer: Tokenizer
  readonly sequences: Sequences
  readonly decoder: DecoderOptions
  /** A second opinion, where there is one. */
  readonly second: { readonly encoder: Encoder; readonly head: Head } | null
  readonly certainty: Certainty | null
  /** Gives back what the parts hold. */
  readonly release: () => Promise<void>
}

/** How the model writes its completions, in its own chat format. Throws UnsupportedModel. */
const completionTokens = (tokenizer: Tokenizer): CompletionTokens => {
  const { end, lead } = tokenizer.chatFormat()
  return { encode: (text) => tokenizer.encode(text, { special: false, after: 'text' }), end: tokenizer.special(end), lead }
}

/** A model whatever runs it. Owns its parts; one message is translated at a time. */
export class PromptDecoder implements PromptModel {
  readonly version: string
  readonly #tokens: CompletionTokens
  readonly #turns = createQueue()
  #disposed: Promise<void> | null = null

  constructor(private readonly parts: PromptDecoderParts) {
    const { version, tokenizer } = parts
    this.version = version
    this.#tokens = completionTokens(tokenizer)
  }

  read({ prompt, start }: Pick<Question, 'prompt' | 'start'>, signal: AbortSignal): Promise<Decoded> {
    return this.#turn(async () => {
      signal.throwIfAborted()
      const { tokenizer, sequences, decoder, certainty } = this.parts
      const { ids } = tokensOf(tokenizer, prompt)
      const root = tokenStart(start, this.#tokens)
      const decoded = await decode(sequences, ids, root, decoder, signal, await this.#opinion(prompt, start.message))
      return withCertainty(decoded, certainty)
    })
  }

  async #opinion(prompt: Prompt, message: string): Promise<SecondOpinion | null> {
    const { second } = this.parts
    if (second === null || second.head.lambda === 0) return null
    return opinionOf(second.head, notedOf(await second.encoder.embed(message), prompt, message))
  }

  async readAhead(beginning: Prompt): Promise<void> {
    if (this.#disposed !== null || this.#turns.isBusy()) return
    await this.#turn(() => this.parts.sequences.read(tokensOf(this.parts.tokenizer, beginning).ids))
  }

  dispose(): Promise<void> {
    return (this.#disposed ??= this.#turns.run(() => this.parts.release()))
  }

  #turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#disposed !== null ? Promise.reject(new ModelDisposed()) : this.#turns.run(work)
  }
}
