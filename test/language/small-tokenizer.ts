import { byteLetters } from '../../src/model/byte-level.js'
import { preTokenizers } from '../../src/model/pre-tokenizer.js'
import { createTokenizer, type Tokenizer } from '../../src/model/tokenizer.js'

/** A byte-level BPE tokenizer with merges learnt from `text`: small, and real in every way that matters to the grammar. */
export const smallTokenizer = (kind: string, text: string, mergeCount = 150): Tokenizer => {
  const preTokenizer = preTokenizers.get(kind)
  if (preTokenizer === undefined) throw new Error(`no pre-tokenizer ${kind}`)
  const words = [...preTokenizer.words(text)].map((word) => Array.from(Buffer.from(word), (byte) => byteLetters[byte] ?? ''))
  const merges: [string, string][] = []
  while (merges.length < mergeCount) {
    const counts = new Map<string, number>()
    for (const word of words) for (let i = 0; i + 1 < word.length; i++) {
      const pair = `${word[i] ?? ''} ${word[i + 1] ?? ''}`
      counts.set(pair, (counts.get(pair) ?? 0) + 1)
    }
    const best = [...counts].reduce<[string, number]>((a, b) => (b[1] > a[1] ? b : a), ['', 0])
    if (best[1] < 2) break
    const [left = '', right = ''] = best[0].split(' ')
    merges.push([left, right])
    for (const word of words) for (let i = 0; i + 1 < word.length; i++) if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right)
  }
  const ordinary = [...byteLetters, ...merges.map(([left, right]) => left + right)]
  const tokens = [...new Set(ordinary), '<|im_start|>', '<|im_end|>']
  return createTokenizer({
    file: 'small', tokens, merges, specials: new Map([['<|im_start|>', tokens.length - 2], ['<|im_end|>', tokens.length - 1]]),
    words: { kind: 'byte-level', preTokenizer, wholeWords: false }, end: tokens.length - 1, begin: undefined, chatTemplate: undefined,
  })
}
