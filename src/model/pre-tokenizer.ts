/**
 * How text is cut into words before byte-pair encoding. JavaScript's \s differs from the Unicode property (it has the byte
 * order mark and lacks U+0085), so the property is spelled out.
 */
export type PreTokenizer = {
  /** As GGUF files have it in tokenizer.ggml.pre. */
  readonly name: string
  /** Applied to the whole text first. */
  readonly normalise: (text: string) => string
  /** Words one after the other; together they are the text. */
  readonly words: (text: string) => Iterable<string>
}

const space = '\\p{White_Space}'
const other = `[^${space}\\p{L}\\p{N}]`
const contractions = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]"

const gpt2Pattern = new RegExp(
  `'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?${other}+|${space}+(?!\\P{White_Space})|${space}+`, 'gu')

/** The pattern that Llama 3 and Qwen share; they differ in how many digits make a word. */
const modernPattern = (digits: string): RegExp => new RegExp(
  `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?${other}+[\\r\\n]*|${space}*[\\r\\n]+|${space}+(?!\\P{White_Space})|${space}+`, 'gu')

const llama3Pattern = modernPattern('\\p{N}{1,3}')
const qwen2Pattern = modernPattern('\\p{N}')

const upper = '\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}'
const lower = '\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}'

/** Mistral's Tekken: a word ends where capitals begin anew. */
const tekkenPattern = new RegExp(
  `[^\\r\\n\\p{L}\\p{N}]?[${upper}]*[${lower}]+|[^\\r\\n\\p{L}\\p{N}]?[${upper}]+[${lower}]*|\\p{N}| ?${other}+[\\r\\n/]*|${space}*[\\r\\n]+|${space}+(?!\\P{White_Space})|${space}+`, 'gu')

/** Each digit a word of its own; what lies between is cut by `pattern` as if it stood alone. */
const digitsApart = (pattern: RegExp) => function* (text: string): Iterable<string> {
  for (const [piece] of text.matchAll(/\p{N}|\P{N}+/gu)) {
    if (/^\p{N}/u.test(piece)) yield piece
    else yield* matches(pattern)(piece)
  }
}

const matches = (pattern: RegExp) => function* (text: string): Iterable<string> {
  for (const [word] of text.matchAll(pattern)) yield word
}

const asWritten = (text: string): string => text
const composed = (text: string): string => text.normalize('NFC')

const known: readonly PreTokenizer[] = [
  { name: 'gpt-2', normalise: asWritten, words: matches(gpt2Pattern) },
  { name: 'smollm', normalise: asWritten, words: digitsApart(gpt2Pattern) },
  { name: 'llama-bpe', normalise: asWritten, words: matches(llama3Pattern) },
  { name: 'qwen2', normalise: composed, words: matches(qwen2Pattern) },
  { name: 'tekken', normalise: asWritten, words: matches(tekkenPattern) },
]

/** By their names. */
export const preTokenizers: ReadonlyMap<string, PreTokenizer> = new Map(known.map((one) => [one.name, one]))

/** Other names of the same in GGUF files. */
export const preTokenizerAliases: ReadonlyMap<string, string> = new Map([['llama3', 'llama-bpe'], ['llama-v3', 'llama-bpe']])

/** The same by the pattern that a tokenizer.json spells out. */
export const namesOfPatterns: ReadonlyMap<string, string> = new Map([
  ["(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", 'llama-bpe'],
  ["(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", 'qwen2'],
  ["[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
    + '|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+', 'tekken'],
])
