import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeCommands } from '../../src/dialogue/command-text.js'
import type { LegalCommands } from '../../src/dialogue/legal.js'
import { followed, startOf, type Position } from '../../src/language/grammar.js'
import { tokenStart, type CompletionTokens } from '../../src/language/token-trie.js'
import { decode, decoderOptions } from '../../src/understand/decoder.js'
import type { LogitSource } from '../../src/understand/logit-source.js'
import { arbitraryLegal, arbitraryMessage, slotOf } from '../language/legal-arbitrary.js'
import { smallTokenizer } from '../language/small-tokenizer.js'
import { bruteForce, noise } from './brute-force.js'

const tokenizer = smallTokenizer('smollm', 'start flow transfer_money\nset slot recipient Ann\nset slot amount 50\n'.repeat(3))
const tokens: CompletionTokens = { encode: (text) => tokenizer.encode(text, { special: false }), end: tokenizer.end }
const treeOf = (legal: LegalCommands, message: string) => tokenStart(startOf(legal, message), tokens)
const prompt = tokens.encode('user: hello')

const bank: LegalCommands = {
  heldBack: [], startable: ['transfer_money', 'check_balance'], settable: new Map(),
  settableWith: new Map([['transfer_money', new Map([['amount', slotOf('amount', 'float')], ['recipient', slotOf('recipient', 'text')]])]]),
  cancel: true, clarify: false, skip: false, repeat: false, chitchat: true, knowledge: false, handoff: false, cannotHandle: true,
}

/** A model that wants one completion and nothing else. */
const wanting = (completion: string): LogitSource & { asked: (readonly number[])[] } => {
  const ids = [...tokens.encode(completion), tokens.end]
  const asked: (readonly number[])[] = []
  return {
    asked,
    logits: async (given, wanted) => {
      asked.push(given)
      const at = given.length - prompt.length
      const onTrack = given.slice(prompt.length).every((id, index) => id === ids[index])
      return wanted.map((id) => (onTrack && id === ids[at] ? 5 : 0))
    },
  }
}

describe('decoding', () => {
  it.each([
    'start flow transfer_money\nset slot amount 50\nset slot recipient my sister Ann',
    'cancel flow', 'start flow check_balance', 'cancel flow\nstart flow transfer_money\nset slot amount 1200', 'cannot handle',
  ])('finds %j where the model wants it', async (completion) => {
    const message = 'send 50 to my sister Ann, no 1,200'
    const { commands } = await decode(wanting(completion), prompt, treeOf(bank, message))
    expect(commands).toEqual(completion.split('\n').reduce<Position>((at, line) => followed(at, line) ?? expect.fail(line), startOf(bank, message)).commands)
  })

  it('asks only where there is a choice', async () => {
    const model = wanting('cannot handle')
    const decoded = await decode(model, prompt, treeOf({ ...bank, startable: [], cancel: false, chitchat: false }, 'hi'))
    expect(decoded).toMatchObject({ commands: [{ command: 'cannot handle' }], probability: 1, calls: 0 })
    expect(model.asked).toEqual([])
  })

  it('prefers the likelier command to the likelier first word', async () => {
    // "start" is likelier than "cancel", but it divides between two flows.
    const [start, cancel] = [tokens.encode('start')[0], tokens.encode('cancel')[0]]
    const model: LogitSource = { logits: async (_, wanted) => wanted.map((id) => (id === start ? 1.2 : id === cancel ? 1 : 0)) }
    const legal = { ...bank, chitchat: false }
    expect((await decode(model, prompt, treeOf(legal, 'hi'))).commands[0]).toEqual({ command: 'cancel flow' })
  })

  it('lists the alternatives with their probabilities', async () => {
    const legal = { ...bank, startable: ['transfer_money', 'check_balance', 'block_card'], chitchat: false }
    const [cancel] = tokens.encode('cancel')
    const model: LogitSource = { logits: async (_, wanted) => wanted.map((id) => (id === cancel ? -2 : 0)) }
    const { candidates } = await decode(model, prompt, treeOf(legal, 'hi'), decoderOptions({ callsForCandidates: 8, clear: 1 }))
    expect(candidates.map(({ command }) => (command.command === 'start flow' ? command.flow : command.command)).sort()).toEqual(['block_card', 'cancel flow', 'cannot handle', 'check_balance', 'transfer_money'])
    expect(candidates.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9)
  })

  it('stops when told to', async () => {
    const controller = new AbortController()
    const model: LogitSource = { logits: async (_, wanted) => { controller.abort(); return wanted.map(() => 0) } }
    await expect(decode(model, prompt, treeOf(bank, 'send 50 to Ann'), decoderOptions(), controller.signal)).rejects.toThrow(/abort/i)
  })

  it('finds the command and the probability that scoring everything finds', async () => {
    let compared = 0
    await fc.assert(fc.asyncProperty(arbitraryLegal, arbitraryMessage, fc.nat(), fc.double({ min: 0.2, max: 6, noNaN: true }), async (legal, message, seed, scale) => {
      const tree = treeOf(legal, message)
      compared++
      const [exact, found] = [await bruteForce(noise(seed, scale), prompt, tree), await decode(noise(seed, scale), prompt, tree, decoderOptions({ callsPerCommand: Infinity, callsForCandidates: 4, clear: 1 }))]
      expect(found.commands).toEqual(exact.commands)
      expect(Math.abs(found.probability - exact.probability)).toBeLessThan(1e-4)
      for (const { command, probability } of found.candidates) expect(Math.abs(probability - (exact.first.get(JSON.stringify(command)) ?? NaN))).toBeLessThan(1e-4)
    }), { numRuns: 300 })
    expect(compared).toBeGreaterThan(200)
  }, 60_000)

  it('keeps to the legal commands and to what was said, whatever the model wants', async () => {
    await fc.assert(fc.asyncProperty(arbitraryLegal, arbitraryMessage, fc.nat(), async (legal, message, seed) => {
      const tree = treeOf(legal, message)
      const { commands, calls } = await decode(noise(seed), prompt, tree, decoderOptions({ callsPerCommand: 6 }))
      expect(writeCommands(commands).split('\n').reduce<Position | null>((at, line) => (at === null ? null : followed(at, line)), startOf(legal, message))?.commands).toEqual(commands)
      expect(calls).toBeLessThan(300)
    }), { numRuns: 500 })
  }, 60_000)
})
