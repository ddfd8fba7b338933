import { listed, nearest } from './nearest.js'
import type { Reading, Section } from './draft.js'
import { caution, mistake, type Report } from './problem.js'
import { hasShape } from './schema-check.js'
import type { Config } from './types.js'
import { pipelineAdvice } from './unsupported.js'
import { entriesOf, flagAt, get, itemsOf, numberAt, spanWithin, textAt, textOf, valueOf, writtenAt, type MapNode, type YamlNode } from './yaml-node.js'

const profiles = ['3.8', '3.13', '3.16'] as const
const ownKeys = ['recipe', 'language', 'additional_languages', 'assistant_id', 'compat', 'pipeline', 'policies']

export const readConfig = (config: YamlNode | null, endpoints: YamlNode | null, session: readonly Section[], env: Readonly<Record<string, string | undefined>>, { report }: Reading): Config => {
  const root = fitting('config', config, report)
  const ends = fitting('endpoints', endpoints, report)
  const last = session.filter(({ value }) => hasShape('session_config', value, report)).at(-1)?.value ?? null
  notePipeline(root, report)
  const limit = itemsOf(get(root, 'pipeline')).map((item) => numberAt(get(item, 'user_input'), 'max_characters')).find((found) => found !== null)
  return {
    language: textAt(root, 'language') ?? 'en',
    assistantId: textAt(root, 'assistant_id') ?? 'assistant',
    compat: readCompat(root, report),
    maximumCharacters: limit ?? 420,
    sessionExpirationMinutes: numberAt(last, 'session_expiration_time') ?? 60,
    carryOverSlots: flagAt(last, 'carry_over_slots_to_new_session', true),
    actionEndpoint: readActionEndpoint(get(ends, 'action_endpoint'), env, report),
    sections: Object.fromEntries(entriesOf(root).filter(({ key }) => !ownKeys.includes(key.name) || key.name === 'pipeline' || key.name === 'policies' || key.name === 'additional_languages')
      .map(({ key, value }) => [key.name, valueOf(value)])),
  }
}

export const readLanguages = (config: YamlNode | null): readonly string[] =>
  itemsOf(get(config, 'additional_languages')).flatMap((node) => textOf(node) ?? [])

const fitting = (kind: 'config' | 'endpoints', node: YamlNode | null, report: Report): MapNode | null => {
  if (node === null || (node.kind === 'scalar' && node.value === null)) return null
  return hasShape(kind, node, report) && node.kind === 'map' ? node : null
}

const readCompat = (root: MapNode | null, report: Report): Config['compat'] => {
  const written = writtenAt(root, 'compat')
  const known = profiles.find((profile) => profile === written)
  if (written !== null && known === undefined) {
    report(mistake(get(root, 'compat'), 'not-allowed', 'This release has no profile.', { found: written, expected: `one of ${listed(profiles)}`, suggestion: nearest(written, profiles) }))
  }
  return known ?? '3.16'
}

const notePipeline = (root: MapNode | null, report: Report): void => {
  for (const item of [...itemsOf(get(root, 'pipeline')), ...itemsOf(get(root, 'policies'))]) {
    const name = textAt(item, 'name')?.split('.').at(-1) ?? ''
    const advice = (pipelineAdvice as Readonly<Record<string, string>>)[name]
    if (advice !== undefined) report(caution(get(item, 'name'), 'not-supported', advice, { found: name }))
  }
}

const readActionEndpoint = (node: YamlNode | null, env: Readonly<Record<string, string | undefined>>, report: Report): Config['actionEndpoint'] => {
  const urlNode = get(node, 'url')
  const written = textAt(node, 'url')
  if (urlNode === null || written === null) return null
  const url = written.replace(/\$\{(\w+)\}/g, (hole, name: string) => {
    const value = env[name]
    if (value === undefined && urlNode.kind === 'scalar') {
      const at = written.indexOf(hole)
      report(caution(spanWithin(urlNode, at, at + hole.length), 'unset-variable', `The environment variable ${name} is not set.`, { suggestion: `export ${name}=...` }))
    }
    return value ?? hole
  })
  if (!/^(https?|grpc):\/\//.test(url) && !url.includes('${')) {
    report(mistake(urlNode, 'bad-value', 'The address of an action server begins with its protocol.', { found: url, expected: 'http://, https:// or grpc://' }))
  }
  return { url, timeoutMilliseconds: (numberAt(node, 'timeout') ?? 10) * 1_000 }
}
