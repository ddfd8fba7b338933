import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kindOf } from '../../src/language/kind.js'
import type { Command } from '../../src/dialogue/commands.js'
import { startOf } from '../../src/language/grammar.js'
import { tokenStart, type CompletionTokens, type TokenPosition } from '../../src/language/token-trie.js'
import { decode, decoderOptions, type Leaning } from '../../src/understand/decoder.js'
import { arbitraryLegal, arbitraryMessage } from '../language/legal-arbitrary.js'
import { smallTokenizer } from '../language/small-tokenizer.js'
import { bruteForce, noise } from './brute-force.js'

const tokenizer = smallTokenizer('smollm', 'start flow transfer_money\nset slot recipient Ann\nset slot amount 50\n'.repeat(3))
const tokens: CompletionTokens = { encode: (text) => tokenizer.encode(text, { special: false }), end: tokenizer.end }
const prompt = tokens.encode('user: hello')
const exact = decoderOptions({ callsPerCommand: Infinity, callsForCandidates: 4, clear: 1 })

/** Opinions without a pattern, from -4 to 0. */
const opinion = (seed: number): Leaning => (kind) => -4 * ((Buffer.from(kind).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, seed + 1) >>> 8) / 2 ** 24)

const arbitraryTree = fc.tuple(arbitraryLegal, arbitraryMessage).map(([legal, message]) => tokenStart(startOf(legal, message), tokens))

describe('decoding with a second opinion', () => {
  it('takes the first command with the highest product of both, and overstates no probability', async () => {
    await fc.assert(fc.asyncProperty(arbitraryTree, fc.nat(1000), async (tree, seed) => {
      const leaning = opinion(seed)
      const { first } = await bruteForce(noise(seed), prompt, tree)
      const products = new Map([...first].map(([text, share]) => [text, share * Math.exp(leaning(kindOf(JSON.parse(text) as Command)))]))
      const total = [...products.values()].reduce((sum, product) => sum + product, 0)
      const decoded = await decode(noise(seed), prompt, tree, exact, undefined, leaning)
      const found = products.get(JSON.stringify(decoded.commands[0])) ?? expect.fail('a command out of the blue')
      expect(found).toBeCloseTo(Math.max(...products.values()), 9)
      for (const { command, probability } of decoded.candidates) {
        expect(probability).toBeLessThanOrEqual((products.get(JSON.stringify(command)) ?? 0) / total + 1e-9)
      }
      expect(decoded.probability).toBeLessThanOrEqual(1 + 1e-9)
    }), { numRuns: 60 })
  })

  it('that is the same for all kinds changes no command and no candidate', async () => {
    await fc.assert(fc.asyncProperty(arbitraryTree, fc.nat(1000), async (tree, seed) => {
      const [alone, leant] = [await decode(noise(seed), prompt, tree, exact), await decode(noise(seed), prompt, tree, exact, undefined, () => -1.5)]
      expect(leant.commands).toEqual(alone.commands)
      expect(leant.probability).toBeCloseTo(alone.probability, 9)
      expect(leant.candidates.map(({ command }) => command)).toEqual(alone.candidates.map(({ command }) => command))
    }), { numRuns: 40 })
  })

  it('knows at every point of the tree which kinds may come of it', () => {
    fc.assert(fc.property(arbitraryTree, fc.infiniteStream(fc.nat()), (tree, picks) => {
      const passed: TokenPosition[] = []
      let position = tree
      while (position.commands.length === 0) {
        passed.push(position)
        const next = [...position.next().values()]
        position = next[(picks.next().value ?? 0) % next.length] ?? expect.fail('a dead end')
      }
      const [command] = position.commands
      for (const before of passed) expect(before.kinds()).toContain(command === undefined ? '' : kindOf(command))
    }), { numRuns: 100 })
  })
})
