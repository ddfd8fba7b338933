import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeCommands } from '../../src/dialogue/command-text.js'
import type { LegalCommands } from '../../src/dialogue/legal.js'
import { choicesAt, followed, mayEnd, startOf, type Branch } from '../../src/language/grammar.js'
import { tokenStart, type CompletionTokens, type TokenPosition } from '../../src/language/token-trie.js'
import { arbitraryLegal, arbitraryMessage } from './legal-arbitrary.js'
import { smallTokenizer } from './small-tokenizer.js'

const sample = 'start flow transfer_money\nset slot recipient my sister Ann\nset slot amount 1250.50\ncancel flow\ndisambiguate flows check_balance block_card\nset slot reason lost\nset slot start set flow slot\n'.repeat(3)
const tokenizers = ['smollm', 'gpt-2', 'llama-bpe', 'qwen2'].map((kind) => [kind, smallTokenizer(kind, sample)] as const)
type Picks = fc.Stream<number>
const pick = <T>(items: readonly T[], picks: Picks): T | undefined => items[(picks.next().value ?? 0) % Math.max(items.length, 1)]

/** A random legal completion, spelled from the grammar of texts alone. */
const randomCompletion = (legal: LegalCommands, message: string, picks: Picks): string | null => {
  const lines: string[] = []
  for (let position = startOf(legal, message); ; ) {
    const branches = choicesAt(position)
    if (branches.length === 0 || (mayEnd(position) && (picks.next().value ?? 0) % 3 === 0)) return lines.length === 0 ? null : lines.join('\n')
    let [line, options]: [string, readonly Branch[]] = ['', branches]
    for (;;) {
      const branch = pick(options, picks)
      if (branch === undefined) throw new Error('a branch that leads nowhere')
      line += branch.text
      options = branch.more()
      if (branch.command !== null && (options.length === 0 || (picks.next().value ?? 0) % 2 === 0)) break
    }
    lines.push(line)
    position = followed(position, line) ?? expect.fail(line)
  }
}

describe.each(tokenizers)('the tree of ids under the %s pre-tokenizer', (_, tokenizer) => {
  const tokens: CompletionTokens = { encode: (text) => tokenizer.encode(text, { special: false }), end: tokenizer.end }

  it('is walked by the ids of every legal completion, tokenised as a whole', () => {
    fc.assert(fc.property(arbitraryLegal, arbitraryMessage.map((text) => text.normalize('NFC')), fc.infiniteStream(fc.nat()), (legal, message, picks) => {
      const completion = randomCompletion(legal, message, picks)
      if (completion === null) return
      let position: TokenPosition = tokenStart(startOf(legal, message), tokens)
      for (const id of [...tokens.encode(completion), tokens.end]) position = position.next().get(id) ?? expect.fail(`${JSON.stringify(completion)} leaves the tree`)
      expect(position.ended).toBe(true)
      expect(position.commands).toEqual(completion.split('\n').reduce((at, line) => followed(at, line) ?? expect.fail(line), startOf(legal, message)).commands)
    }), { numRuns: 400 })
  })

  it('spells nothing but legal completions, each as the tokenizer would', () => {
    fc.assert(fc.property(arbitraryLegal, arbitraryMessage.map((text) => text.normalize('NFC')), fc.infiniteStream(fc.nat()), (legal, message, picks) => {
      const ids: number[] = []
      let position: TokenPosition = tokenStart(startOf(legal, message), tokens)
      while (!position.ended) {
        const [id, next] = pick([...position.next()], picks) ?? expect.fail('a dead end')
        ids.push(id)
        position = next
      }
      const completion = tokenizer.decode(ids.slice(0, -1))
      expect(tokens.encode(completion)).toEqual(ids.slice(0, -1))
      expect(completion).toBe(writeCommands(position.commands))
      const reached = completion.split('\n').reduce((at, line) => followed(at, line) ?? expect.fail(`${JSON.stringify(line)} is not legal`), startOf(legal, message))
      expect(reached.commands).toEqual(position.commands)
    }), { numRuns: 400 })
  })
})
