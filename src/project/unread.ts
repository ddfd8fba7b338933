import type { Problem } from './problem.js'
import { entriesOf, itemsOf, type SourceText, type Span, type YamlNode } from './yaml-node.js'
import type { ParsedYaml } from './yaml.js'

/**
 * What could not be read, as it is written: whole files with broken syntax, and of the others each flow, slot, response or rule
 * with a mistake in it, for of such a one a part may have been left out.
 */
export const unreadTexts = (parsed: Iterable<ParsedYaml>, problems: readonly Problem[]): readonly string[] => {
  const mistakes = new Map<string, Problem[]>()
  for (const problem of problems) {
    const file = problem.severity === 'error' ? problem.place?.file : undefined
    if (file !== undefined) mistakes.set(file, [...mistakes.get(file) ?? [], problem])
  }
  return Array.from(parsed).flatMap(({ source, root }) => {
    const found = mistakes.get(source.file) ?? []
    if (found.length === 0) return []
    if (root === null) return [source.text]
    const parts = new Set(found.map((problem) => partAround(root, offsetOf(source, problem))))
    return Array.from(parts, (part) => (part === null ? source.text : source.text.slice(part.start, part.end)))
  })
}

/** Whether these texts may use a name: they hold it, a slot whose question or action it is, or a template that can become it. */
export const namedIn = (texts: readonly string[]): (name: string) => boolean => {
  const words = new Set(texts.flatMap((text) => text.match(/[\p{L}\p{N}_-]+/gu) ?? []))
  const templates = texts.flatMap((text) => text.match(/[\w-]*\{\{.*?\}\}[\w-]*/gs) ?? [])
  const whole = texts.join('\n')
  return (name) => words.has(name.replace(/^(utter_ask_|action_ask_|validate_)/, '')) || whole.includes(name) || templates.some((template) => fits(template, name))
}

/** Whether a name such as `utter_{{slots.kind}}` may become this one. Holes that are the whole name fit what their pattern is handed, which is known otherwise. */
export const fits = (template: string, name: string): boolean => {
  const [before = '', ...rest] = template.split(/\{\{.*?\}\}/s)
  const after = rest.at(-1) ?? ''
  return `${before}${after}` !== '' && name.startsWith(before) && name.endsWith(after)
}

const offsetOf = ({ lineStarts }: SourceText, { place }: Problem): number => (place === null ? -1 : (lineStarts[place.line - 1] ?? 0) + place.column - 1)

/** The entry of a section in which an offset lies, or else the section; null where it lies in none. */
const partAround = (root: YamlNode, offset: number): Span | null => {
  const holds = ({ start, end }: Span): boolean => start <= offset && offset <= end
  const section = entriesOf(root).find(({ key, value }) => holds(key) || holds(value))
  if (section === undefined) return null
  const entry = entriesOf(section.value).find(({ key, value }) => holds(key) || holds(value))
  const part = entry ?? itemsOf(section.value).find(holds) ?? section
  return 'key' in part ? { source: part.key.source, start: part.key.start, end: Math.max(part.key.end, part.value.end) } : part
}
