import type { Place } from '../project/types.js'

const mostLines = 16

/** The YAML that begins at a place: its line and all that is indented under it, moved to the left. */
export const yamlAt = (source: string, { line, column }: Place): string => {
  const lines = source.split(/\r?\n/)
  const first = lines[line - 1] ?? ''
  const indent = column - 1
  const block = [first]
  for (const next of lines.slice(line)) {
    if (next.trim() !== '' && next.search(/\S/) < (indentOf(first, indent))) break
    block.push(next)
  }
  while (block.at(-1)?.trim() === '') block.pop()
  const left = Math.min(...block.filter((each) => each.trim() !== '').map((each) => each.search(/\S/)))
  const shown = block.slice(0, mostLines).map((each) => each.slice(left))
  return [...shown, ...(block.length > mostLines ? ['...'] : [])].join('\n')
}

/** Keys of a list item stand right of its dash; those of a map stand under its name. */
const indentOf = (first: string, indent: number): number => (/^\s*- /.test(first) ? indent : indent + 1)
