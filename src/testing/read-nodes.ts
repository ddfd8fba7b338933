import { listed, nearest } from '../project/nearest.js'
import { caution, mistake, type Report } from '../project/problem.js'
import { writtenOf, type MapNode, type Span, type YamlNode } from '../project/yaml-node.js'
import type { CheckReading } from './check.js'

/** The node as a map, or a problem. */
export const asMap = (node: YamlNode, what: string, report: Report): MapNode | null => {
  if (node.kind === 'map') return node
  report(mistake(node, 'wrong-type', `${what} must be a map.`, { expected: 'keys with values', found: node.kind === 'list' ? 'a list' : 'a single value' }))
  return null
}

/** The node as a list, or a problem. */
export const asList = (node: YamlNode, what: string, report: Report): readonly YamlNode[] => {
  if (node.kind === 'list') return node.items
  report(mistake(node, 'wrong-type', `${what} must be a list.`, { expected: 'lines that begin with a hyphen', found: node.kind === 'map' ? 'a map' : 'a single value' }))
  return []
}

/** The node as a text, as it is written: `user: yes` and `user: 50` are texts too. */
export const asText = (node: YamlNode | null, what: string, report: Report): string | null => {
  const text = writtenOf(node)
  if (text === null && node !== null) report(mistake(node, 'wrong-type', `${what} must be a text.`, { expected: 'a text' }))
  return text
}

/** Reports keys that do not belong here, with the nearest one that does. */
export const checkKeys = (node: MapNode, allowed: readonly string[], what: string, report: Report): void => {
  for (const { key } of node.entries.values()) {
    if (allowed.includes(key.name)) continue
    report(mistake(key, 'unknown-key', `"${key.name}" is not a key of ${what}.`, {
      found: key.name, expected: `one of ${listed(allowed, 20)}`, suggestion: nearest(key.name, allowed),
    }))
  }
}

/** A test that names what does not exist can never pass, or never fail: better said before it runs. */
const knownName = (names: Iterable<string>, kind: string) => (span: Span, name: string, report: Report): boolean => {
  const known = [...names]
  if (known.includes(name)) return true
  report(mistake(span, `unknown-${kind}`, `The project has no ${kind} "${name}".`, { found: name, suggestion: nearest(name, known) }))
  return false
}

export const readFlow = (node: YamlNode, { project, report }: CheckReading): string | null => {
  const name = asText(node, 'A flow', report)
  if (name === null) return null
  const byName = [...project.flows.values()].find((flow) => flow.name.toLowerCase() === name.toLowerCase())
  if (byName !== undefined) return byName.id
  return knownName(project.flows.keys(), 'flow')(node, name, report) ? name : null
}

export const isSlot = (span: Span, name: string, { project, report }: CheckReading): boolean => knownName(project.slots.keys(), 'slot')(span, name, report)
export const readSlotName = (node: YamlNode, reading: CheckReading): string | null => {
  const name = asText(node, 'A slot', reading.report)
  return name !== null && isSlot(node, name, reading) ? name : null
}

/** A response that the project lacks may still be said by an action under that name, so this is a warning. */
export const readResponse = (node: YamlNode | null, { project, report }: CheckReading): string | null => {
  if (node === null) return null
  const name = asText(node, 'A response', report)
  if (name !== null && !project.responses.has(name)) {
    report(caution(node, 'unknown-response', `The project has no response "${name}".`, { found: name, suggestion: nearest(name, [...project.responses.keys()]) }))
  }
  return name
}
