import { TokenBias, type ControlledEvaluateInputItem, type LlamaContext, type LlamaContextSequence, type Token } from 'node-llama-cpp'
import { ContextFull } from './errors.js'
import type { LogitSource } from './logit-source.js'

/** Ids are plain numbers everywhere else; llama.cpp's binding brands them. */
const branded = (id: number): Token => id as Token

/**
 * Reading the whole vocabulary takes four times as long as evaluating a token, so only the likeliest ids are read. To be among
 * them, wanted ids are lifted by `lift` (in units of logits), which is taken off again: exact to 1e-5, as floats go.
 * Ids that end generation cannot be lifted; they are found among the likeliest as they are, or everything is read.
 */
const likeliest = 1024
const lift = 40

/** A conversation, or the beginning of several, whose ids stay evaluated. */
type Held = { readonly sequence: LlamaContextSequence; ids: readonly number[]; usedAt: number }

/** Calls must not overlap. `read` evaluates ahead of time, without wanting anything. */
export type Sequences = LogitSource & { readonly read: (ids: readonly number[]) => Promise<void> }

/** Logits from llama.cpp, through as many sequences as the context has: each keeps what it evaluated last. */
export const sequencesOf = (context: LlamaContext): Sequences => {
  const all: readonly Held[] = Array.from({ length: context.totalSequences }, () => ({ sequence: context.getSequence(), ids: [], usedAt: 0 }))
  let uses = 0

  /** One that these ids mostly continue, else the one unused for longest: what others have read ahead stays useful to them. */
  const heldFor = (ids: readonly number[]): Held => {
    if (ids.length >= context.contextSize) throw new ContextFull(ids.length, context.contextSize)
    const [first, ...others] = all.map((held) => {
      const shared = sharedLength(held.ids, ids)
      return { held, shared: 2 * shared >= Math.min(held.ids.length, ids.length) ? shared : 0 }
    })
    if (first === undefined) throw new Error('a context without sequences')
    const { held } = others.reduce((best, other) =>
      other.shared > best.shared || (other.shared === best.shared && other.held.usedAt < best.held.usedAt) ? other : best, first)
    held.usedAt = ++uses
    return held
  }

  /** Moves a sequence to `ids`, evaluating only what it does not share with what it held. */
  const evaluate = async (held: Held, ids: readonly number[], from: number, last: ControlledEvaluateInputItem | null): Promise<ReadonlyMap<number, number>> => {
    held.ids = ids.slice(0, from) // stays true if evaluation fails half-way: what follows is erased before it is used
    await held.sequence.eraseContextTokenRanges([{ start: from, end: held.sequence.nextTokenIndex }])
    const input: ControlledEvaluateInputItem[] = ids.slice(from, last === null ? ids.length : -1).map(branded)
    const outputs = await held.sequence.controlledEvaluate(last === null ? input : [...input, last])
    held.ids = ids
    return outputs.at(-1)?.next.probabilities ?? new Map<number, number>()
  }

  const probabilities = async (ids: readonly number[], topK: number, tokenBias: TokenBias): Promise<ReadonlyMap<number, number>> => {
    const held = heldFor(ids)
    const options = { temperature: 1, topK, topP: 1, minP: 0, seed: 0, tokenBias }
    const last: ControlledEvaluateInputItem = [branded(ids.at(-1) ?? 0), { generateNext: { probabilities: true, options } }]
    return evaluate(held, ids, Math.min(sharedLength(held.ids, ids), ids.length - 1), last)
  }

  return {
    read: async (ids) => {
      const held = heldFor(ids)
      const shared = sharedLength(held.ids, ids)
      if (shared < ids.length) await evaluate(held, ids, shared, null)
    },
    logits: async (ids, wanted) => {
      const lifted = wanted.map((id) => !context.model.isEogToken(branded(id)))
      const bias = TokenBias.for(context.model)
      wanted.forEach((id, index) => { if (lifted[index] === true) bias.set(branded(id), { logit: lift }) })
      const top = await probabilities(ids, wanted.length + likeliest, bias)
      const seen = wanted.every((id) => top.has(id)) ? top : await probabilities(ids, 0, bias)
      return wanted.map((id, index) => Math.log(Math.max(seen.get(id) ?? 0, leastFloat)) - (lifted[index] === true ? lift : 0))
    },
  }
}

/** Probabilities arrive as 32-bit floats: below this they are zero. */
const leastFloat = 2 ** -149

const sharedLength = (a: readonly number[], b: readonly number[]): number => {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}
