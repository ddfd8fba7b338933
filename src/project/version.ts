import { createHash } from 'node:crypto'
import type { NluSide } from './nlu.js'
import type { Flow, Project } from './types.js'

/** JSON with its keys in order, without places: everything that can change a conversation, and not where it is written. */
const canonical = (value: unknown): string => {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (value instanceof Set) return `[${[...value].map(canonical).sort().join()}]`
  if (value instanceof Map) return sorted([...value.keys() as Iterable<string>], (key) => (value as ReadonlyMap<string, unknown>).get(key))
  const fields = value as Readonly<Record<string, unknown>>
  // Flows, slots, responses and rules know where they stand; a map of a project may well have something called "place".
  return sorted(Object.keys(fields).filter((key) => key !== 'place' || !isPlace(fields[key])), (key) => fields[key])
}

/** A text as JSON writes it: most are plain words, which need no more than their quotes. */
const quoted = (text: string): string => (/^[\w .,:?!/-]*$/.test(text) ? `"${text}"` : JSON.stringify(text))

/** In the order of the keys as they are written. */
const sorted = (keys: readonly string[], valueAt: (key: string) => unknown): string => {
  const written = keys.map((key) => ({ key, name: quoted(key) })).sort((a, b) => (a.name < b.name ? -1 : 1))
  let text = ''
  for (const { key, name } of written) text += `,${name}:${canonical(valueAt(key))}`
  return `{${text.slice(1)}}`
}
const isPlace = (value: unknown): boolean => typeof value === 'object' && value !== null && 'file' in value && 'line' in value && 'column' in value

const hash = (canonicalText: string): string => createHash('sha256').update(canonicalText).digest('hex')

/** sha256 in hex. The same flows, domain, rules and config give the same version, however they are spread over files. */
export const projectVersion = (content: Pick<Project, 'flows' | 'slots' | 'responses' | 'actions' | 'rules' | 'config'> & Partial<Pick<NluSide, 'stories' | 'forms'>>): string => {
  // Where actions run, and where responses are worded and sent, is a matter of deployment, not of what the assistant does.
  const config = Object.fromEntries(Object.entries(content.config).filter(([name]) => !['responseServer', 'callbackUrl', 'channels'].includes(name)))
  return hash(canonical({ ...content, config: { ...config, actionEndpoint: null }, rules: new Set(content.rules) }))
}

/** sha256 in hex of one flow: tells whether a flow that a conversation is in has changed. */
export const flowVersion = (flow: Flow): string => hash(canonical(flow))
