/** More ways through a text than anybody writes: beyond them the rest is taken as it stands. */
const mostWays = 64

type Tag = { readonly word: string; readonly start: number; readonly end: number }

/**
 * The texts that `{% if %}`, `{% elif %}` and `{% else %}` can leave of a condition, each as long as the whole: what is left out is blank, so that
 * offsets stay. A text without such tags is the only way through itself; other tags are blank.
 */
export const waysThrough = (text: string): readonly string[] => {
  const tags = [...text.matchAll(/\{%-?\s*(\w+).*?%\}/gs)].map((match): Tag => ({ word: match[1] ?? '', start: match.index, end: match.index + match[0].length }))
  return waysOf(text, tags).slice(0, mostWays).map(withoutTags)
}

const waysOf = (text: string, tags: readonly Tag[]): readonly string[] => {
  const first = tags.findIndex(({ word }) => word === 'if')
  if (first === -1) return [text]
  const own = tagsOfBlock(tags.slice(first))
  const begin = own[0]
  const end = own.at(-1)
  if (begin === undefined || end === undefined || end.word !== 'endif') return [text]
  const parts = own.slice(0, -1).map((tag, at) => ({ start: tag.end, end: own[at + 1]?.start ?? tag.end }))
  // Without "else" it may also be that nothing of the block is left.
  if (!own.some(({ word }) => word === 'else')) parts.push({ start: begin.end, end: begin.end })
  return parts.flatMap((part) => {
    const kept = blank(text, begin.start, part.start)
    const way = kept.slice(0, part.end) + ' '.repeat(end.end - part.end) + text.slice(end.end)
    return waysOf(way, tags.filter((tag) => (tag.start >= part.start && tag.end <= part.end) || tag.start >= end.end))
  }).slice(0, mostWays)
}

/** The tags of the block that the first tag opens: its own, not those of blocks inside. */
const tagsOfBlock = (tags: readonly Tag[]): readonly Tag[] => {
  const own: Tag[] = []
  let depth = 0
  for (const tag of tags) {
    if (tag.word === 'if') depth++
    if (depth === 1 && ['if', 'elif', 'else', 'endif'].includes(tag.word)) own.push(tag)
    if (tag.word === 'endif') depth--
    if (depth === 0) break
  }
  return own
}

const blank = (text: string, start: number, end: number): string => text.slice(0, start) + ' '.repeat(end - start) + text.slice(end)
const withoutTags = (text: string): string => text.replace(/\{%.*?%\}/gs, (tag) => ' '.repeat(tag.length))
