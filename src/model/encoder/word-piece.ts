import { BadModelFile, UnsupportedModel } from '../errors.js'
import { isJsonObject, readJsonObject, type Json } from '../json-file.js'

/** Cuts messages into word pieces as BERT does; Devlin et al. 2018, arXiv 1810.04805, after Wu et al. 2016, arXiv 1609.08144. */
export type WordPieces = {
  /** Ids with the tokens for beginning and end; what comes after `most` of them is left out. */
  readonly encode: (message: string, most: number) => readonly number[]
  /** What pieces say, in lower case, with a space between words; those for beginning, end and padding say nothing. */
  readonly text: (ids: readonly number[]) => string
  readonly padding: number
}

/** Reads a Transformers tokenizer.json. Throws BadModelFile, UnsupportedModel. */
export const readWordPieces = async (file: string): Promise<WordPieces> => {
  const json = await readJsonObject(file)
  const model = recordOf(json['model'])
  if (model['type'] !== 'WordPiece') throw new UnsupportedModel(file, 'a tokenizer of type', JSON.stringify(model['type']), ['WordPiece'])
  const normaliser = recordOf(json['normalizer'])
  if (normaliser['type'] !== 'BertNormalizer' || normaliser['lowercase'] !== true) {
    throw new UnsupportedModel(file, 'a normaliser', JSON.stringify(normaliser), ['BertNormalizer with lowercase'])
  }
  const ids = new Map(Object.entries(recordOf(model['vocab'])).map(([token, id]) => [token, Number(id)]))
  const idOf = (...names: readonly string[]): number => {
    const found = names.map((name) => ids.get(name)).find((id) => id !== undefined)
    if (found === undefined) throw new BadModelFile({ file, found: `no token ${names.join(' or ')}`, expected: 'it in the vocabulary' })
    return found
  }
  const [begin, end, unknown] = [idOf('<s>', '[CLS]'), idOf('</s>', '[SEP]'), idOf(String(model['unk_token']))]
  const tokens = new Map([...ids].map(([token, id]) => [id, token]))
  const padding = idOf('<pad>', '[PAD]')
  const silent = new Set([begin, end, padding])
  return {
    padding,
    text: (some) => some.filter((id) => !silent.has(id)).map((id) => tokens.get(id) ?? '').join(' ').replace(/ ##/g, ''),
    encode: (message, most) => [begin, ...wordsOf(message).flatMap((word) => piecesOf(word, ids, unknown)).slice(0, most - 2), end],
  }
}

const recordOf = (value: unknown): Json => (isJsonObject(value) ? value : {})

/** Lower case without accents, control characters dropped, punctuation and Chinese characters words of their own. */
const wordsOf = (message: string): readonly string[] => {
  const clean = message.replace(/[\u0000\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '')
  const plain = clean.normalize('NFD').replace(/\p{Mn}/gu, '').toLowerCase()
  return plain.match(/[!-/:-@[-`{-~\p{P}]|[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]|(?:(?![!-/:-@[-`{-~\p{P}\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])[^\p{White_Space}])+/gu) ?? []
}

/** Longer words are no words. */
const longestWord = 100

/** The longest piece first, then the longest that goes on from there; a word with a part that is no piece is unknown. */
const piecesOf = (word: string, ids: ReadonlyMap<string, number>, unknown: number): readonly number[] => {
  const characters = Array.from(word)
  if (characters.length > longestWord) return [unknown]
  const pieces: number[] = []
  for (let from = 0; from < characters.length;) {
    let to = characters.length
    let id: number | undefined
    for (; to > from; to -= 1) {
      id = ids.get(`${from > 0 ? '##' : ''}${characters.slice(from, to).join('')}`)
      if (id !== undefined) break
    }
    if (id === undefined) return [unknown]
    pieces.push(id)
    from = to
  }
  return pieces
}
