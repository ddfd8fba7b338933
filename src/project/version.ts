import { createHash } from 'node:crypto'
import type { Flow, Project } from './types.js'

/** What a hash covers: everything that can change a conversation, and not where it is written. */
const canonical = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].sort(([a], [b]) => compare(a, b)).map(([key, item]) => [String(key), canonical(item)]))
  if (value instanceof Set) return [...value].sort(compare)
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'place').sort(([a], [b]) => compare(a, b)).map(([key, item]) => [key, canonical(item)]))
}
const compare = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1)

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(canonical(value))).digest('hex')

/** sha256 in hex. The same flows, domain, rules and config give the same version, however they are spread over files. */
export const projectVersion = (content: Pick<Project, 'flows' | 'slots' | 'responses' | 'actions' | 'rules' | 'config'>): string => {
  // Where actions run is a matter of deployment, not of what the assistant does.
  const config = { ...content.config, actionEndpoint: null }
  const rules = content.rules.map(canonical).map((rule) => JSON.stringify(rule)).sort()
  return hash({ ...content, config, rules })
}

/** sha256 in hex of one flow: tells whether a flow that a conversation is in has changed. */
export const flowVersion = (flow: Flow): string => hash(flow)
