/** Widths of the printable ASCII characters of Helvetica in thousandths of the font size (Adobe's font metrics); Arial and Liberation Sans have the same. */
const widths = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
  1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
  333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
]
const bolder = 1.08
/** Where another font is taken, it is a little wider. */
const safety = 1.06

export type Font = { readonly size: number; readonly bold?: boolean }

/** About how wide a text will be, in pixels. */
export const textWidth = (text: string, { size, bold = false }: Font): number => {
  let thousandths = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    // Beyond Latin, Greek and Cyrillic most scripts are set in full squares.
    thousandths += widths[code - 32] ?? (code < 0x500 ? 600 : 1000)
  }
  return (thousandths / 1000) * size * safety * (bold ? bolder : 1)
}

/** Breaks a text into lines no wider than `most`, at spaces and after underscores where it can, and ends with an ellipsis beyond `lines`. */
export const wrapped = (text: string, font: Font, most: number, lines = Number.POSITIVE_INFINITY): readonly string[] => {
  const broken: string[] = []
  let line = ''
  for (const piece of text.trim().split(/\s+/).flatMap((word, at) => fitting(at === 0 ? word : ` ${word}`, font, most))) {
    if (line === '' || textWidth(line + piece, font) <= most) line += line === '' ? piece.trimStart() : piece
    else {
      broken.push(line)
      line = piece.trimStart()
    }
  }
  if (line !== '') broken.push(line)
  if (broken.length <= lines) return broken
  return [...broken.slice(0, lines - 1), shortened(`${broken[lines - 1] ?? ''} …`, font, most)]
}

/** A word in pieces that fit into a line. */
const fitting = (word: string, font: Font, most: number): readonly string[] => {
  if (textWidth(word, font) <= most) return [word]
  const pieces: string[] = []
  let piece = ''
  for (const part of word.match(/[^_./-]*[_./-]*/g) ?? []) {
    for (const letters of textWidth(part, font) <= most ? [part] : part) {
      if (piece !== '' && textWidth(piece + letters, font) > most) {
        pieces.push(piece)
        piece = ''
      }
      piece += letters
    }
  }
  return piece === '' ? pieces : [...pieces, piece]
}

const shortened = (text: string, font: Font, most: number): string => {
  let kept = text.replace(/ …$/, '')
  while (kept !== '' && textWidth(`${kept}…`, font) > most) kept = kept.replace(/.$/su, '')
  return `${kept.trimEnd()}…`
}
