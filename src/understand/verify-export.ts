import type { Command } from '../dialogue/commands.js'
import type { Position } from '../language/grammar.js'
import { endToken, type Prompt } from '../language/prompt.js'
import { tokenStart } from '../language/token-trie.js'
import { tokensOf } from '../language/tokens.js'
import type { Tokenizer } from '../model/tokenizer.js'
import { decode } from './decoder.js'
import { logSoftmax, type LogitSource } from './logit-source.js'

/** One of two ways to run the same model. */
export type Side = { readonly tokenizer: Tokenizer; readonly sequences: LogitSource }
export type AskedExample = { readonly prompt: Prompt; readonly start: Position; readonly message: string }

export type Difference = { readonly message: string; readonly tensors: readonly Command[]; readonly served: readonly Command[] }
export type Verification = {
  readonly messages: number
  /** Messages that both translate alike, greedily. */
  readonly same: number
  readonly different: readonly Difference[]
  /** Largest difference of log-probabilities over the likeliest tokens after a prompt. */
  readonly largestError: number
}

/** So many of the likeliest tokens are compared: the others' logits decide nothing. */
const compared = 32

/** Asks both sides the same. `tensors` is attune's own forward pass, `served` what serves. */
export const verifyExport = async (
  questions: readonly AskedExample[], tensors: Side, served: Side, report: (done: number, of: number) => void, signal: AbortSignal,
): Promise<Verification> => {
  const different: Difference[] = []
  let largestError = 0
  for (const [at, { prompt, start, message }] of questions.entries()) {
    signal.throwIfAborted()
    const { ids } = tokensOf(tensors.tokenizer, prompt)
    largestError = Math.max(largestError, await errorAt(ids, tensors, served))
    const [own, other] = [await commandsOf(ids, start, tensors, signal), await commandsOf(ids, start, served, signal)]
    if (JSON.stringify(own) !== JSON.stringify(other)) different.push({ message, tensors: own, served: other })
    report(at + 1, questions.length)
  }
  return { messages: questions.length, same: questions.length - different.length, different, largestError }
}

const commandsOf = async (ids: readonly number[], start: Position, { tokenizer, sequences }: Side, signal: AbortSignal): Promise<readonly Command[]> => {
  const tokens = { encode: (text: string) => tokenizer.encode(text, { special: false }), end: tokenizer.special(endToken) }
  return (await decode(sequences, ids, tokenStart(start, tokens), undefined, signal)).commands
}

const errorAt = async (ids: readonly number[], tensors: Side, served: Side): Promise<number> => {
  const all = Array.from({ length: tensors.tokenizer.vocabularySize }, (_, id) => id)
  const logits = await tensors.sequences.logits(ids, all)
  const wanted = [...all].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, compared)
  const [own, other] = [logSoftmax(wanted.map((id) => logits[id] ?? 0)), logSoftmax(await served.sequences.logits(ids, wanted))]
  return Math.max(...own.map((value, at) => Math.abs(value - (other[at] ?? NaN))))
}
