import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasRoom } from '../../src/language/kind.js'
import { startOf } from '../../src/language/grammar.js'
import { tokenStart, type CompletionTokens, type TokenPosition } from '../../src/language/token-trie.js'
import { decode, decoderOptions, type SecondOpinion } from '../../src/understand/decoder.js'
import { arbitraryLegal, arbitraryMessage } from '../language/legal-arbitrary.js'
import { smallTokenizer } from '../language/small-tokenizer.js'
import { bruteForce, noise } from './brute-force.js'

const tokenizer = smallTokenizer('smollm', 'start flow transfer_money\nset slot recipient Ann\nset slot amount 50\n'.repeat(3))
const tokens: CompletionTokens = { encode: (text) => tokenizer.encode(text, { special: false }), end: tokenizer.end }
const prompt = tokens.encode('user: hello')
const exact = decoderOptions({ callsPerCommand: Infinity, callsForCandidates: 4, clear: 1 })

/** Opinions without a pattern, from -4 to 0. A beginning of kinds must be worth as much as the best of them, so all sets of options are alike. */
const opinion = (seed: number): SecondOpinion => (said) => (kind) => -4 * ((Buffer.from([...said, kind].map((one) => one.replace(/^clarify .*/, 'clarify')).join('|')).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, seed + 1) >>> 8) / 2 ** 24)

const arbitraryTree = fc.tuple(arbitraryLegal, arbitraryMessage).map(([legal, message]) => tokenStart(startOf(legal, message), tokens))

describe('decoding with a second opinion', () => {
  it('takes in every line what has the highest product of both, and overstates no probability', async () => {
    await fc.assert(fc.asyncProperty(arbitraryTree, fc.nat(1000), async (tree, seed) => {
      const best = await bruteForce(noise(seed), prompt, tree, opinion(seed))
      const decoded = await decode(noise(seed), prompt, tree, exact, undefined, opinion(seed))
      expect(decoded.commands).toEqual(best.commands)
      expect(decoded.probability).toBeLessThanOrEqual(best.probability + 1e-9)
      for (const { command, probability } of decoded.candidates) expect(probability).toBeLessThanOrEqual((best.first.get(JSON.stringify(command)) ?? 0) + 1e-9)
    }), { numRuns: 60 })
  })

  it('that is the same for all kinds changes no first command and no candidate', async () => {
    await fc.assert(fc.asyncProperty(arbitraryTree, fc.nat(1000), async (tree, seed) => {
      const [alone, leant] = [await decode(noise(seed), prompt, tree, exact), await decode(noise(seed), prompt, tree, exact, undefined, () => () => -1.5)]
      expect(leant.commands[0]).toEqual(alone.commands[0])
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
      for (const before of passed) expect([...before.kinds()].filter((kind) => hasRoom(kind, position.said[0] ?? ''))).not.toEqual([])
    }), { numRuns: 100 })
  })
})
