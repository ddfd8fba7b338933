import { mistake, type Report } from './problem.js'
import { itemsOf, type ScalarNode, type Span, type YamlNode } from './yaml-node.js'

export type ExampleLine = { readonly text: string; readonly span: Span }

/** The examples of a block: lines that begin with a hyphen in one text, as Rasa writes them, or the items of a list. */
export const exampleLines = (node: YamlNode | null, report: Report): readonly ExampleLine[] => {
  if (node === null) return []
  if (node.kind === 'list') return itemsOf(node).flatMap((item) => (item.kind === 'scalar' ? [{ text: String(item.value).trim(), span: item }] : []))
  if (node.kind !== 'scalar') return []
  return blockLines(node).flatMap(({ text, span }) => {
    const line = text.trim()
    if (line === '' || line.startsWith('#')) return []
    const item = /^\s*- +(\S.*?)\s*$/.exec(text)
    const said = item?.[1]
    if (said !== undefined) {
      const start = span.start + text.indexOf(said, text.indexOf('-') + 1)
      return [{ text: said, span: { ...span, start, end: start + said.length } }]
    }
    report(mistake(span, 'not-an-item', 'Each line of examples begins with a hyphen and a space.', { found: 'a line without', expected: '- what people say' }))
    return []
  })
}

/** The lines of a block of text, each with its own place in the file. Escaped or folded texts are placed as a whole. */
const blockLines = (node: ScalarNode): readonly ExampleLine[] => {
  const { source, start, end } = node
  let from = start
  return String(node.value).split('\n').map((text) => {
    const at = text.trim() === '' ? -1 : source.text.indexOf(text, from)
    if (at < 0 || at >= end) return { text, span: node }
    from = at + text.length
    return { text, span: { source, start: at, end: at + text.length } }
  })
}
