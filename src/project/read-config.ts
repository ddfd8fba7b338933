import { listed, nearest } from './nearest.js'
import type { Reading, Section } from './draft.js'
import { caution, mistake, type Report } from './problem.js'
import { hasShape } from './schema-check.js'
import type { Config } from './types.js'
import { componentAdvice, settingAdvice } from './unsupported.js'
import { entriesOf, flagAt, get, itemsOf, keyAt, numberAt, spanWithin, textAt, textOf, valueOf, writtenAt, type MapNode, type YamlNode } from './yaml-node.js'

const profiles = ['3.8', '3.13', '3.16'] as const
/** What this room makes of config.yml; the rest stays as it stood, for the rooms below. */
const ownKeys = ['recipe', 'language', 'assistant_id', 'compat']
const knownKeys = [...ownKeys, 'additional_languages', 'pipeline', 'policies']

export const readConfig = (config: YamlNode | null, endpoints: YamlNode | null, session: readonly Section[], env: Readonly<Record<string, string | undefined>>, { report }: Reading): Config => {
  const root = fitting('config', config, report)
  const ends = fitting('endpoints', endpoints, report)
  const last = session.filter(({ value }) => hasShape('session_config', value, report)).at(-1)?.value ?? null
  noteComponents(root, report)
  noteMisspelt(root, report)
  const limit = itemsOf(get(root, 'pipeline')).map((item) => numberAt(get(item, 'user_input'), 'max_characters')).find((found) => found !== null)
  return {
    language: textAt(root, 'language') ?? 'en',
    assistantId: textAt(root, 'assistant_id') ?? 'assistant',
    compat: readCompat(root, report),
    maximumCharacters: limit ?? 420,
    // Without a new session after the time is up, the time never is.
    sessionExpirationMinutes: flagAt(last, 'start_session_after_expiry', true) ? numberAt(last, 'session_expiration_time') ?? 60 : 0,
    carryOverSlots: flagAt(last, 'carry_over_slots_to_new_session', true),
    actionEndpoint: readActionEndpoint(get(ends, 'action_endpoint'), env, report),
    sections: Object.fromEntries(entriesOf(root).filter(({ key }) => !ownKeys.includes(key.name)).map(({ key, value }) => [key.name, valueOf(value)])),
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

const noteComponents = (root: MapNode | null, report: Report): void => {
  for (const item of [...itemsOf(get(root, 'pipeline')), ...itemsOf(get(root, 'policies'))]) {
    const name = textAt(item, 'name')?.split('.').at(-1) ?? ''
    const advice = componentAdvice(name)
    if (advice !== null) {
      report(caution(get(item, 'name'), 'not-supported', advice, { found: name }))
      continue
    }
    for (const { key } of entriesOf(item)) {
      const about = settingAdvice(key.name)
      if (about !== null) report(caution(key, 'not-supported', about, { found: key.name }))
    }
  }
}

/** Sections belong to other rooms, so only what looks like one of ours gone wrong can be blamed. */
const noteMisspelt = (root: MapNode | null, report: Report): void => {
  for (const { key } of entriesOf(root)) {
    if (knownKeys.includes(key.name)) continue
    const near = nearest(key.name, knownKeys)
    if (near !== null) report(mistake(key, 'unknown-key', `"${key.name}" is not a key of the configuration.`, { found: key.name, suggestion: near }))
  }
}
const readActionEndpoint = (node: YamlNode | null, env: Readonly<Record<string, string | undefined>>, report: Report): Config['actionEndpoint'] => {
  noteActionKeys(node, report)
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
    report(mistake(urlNode, 'bad-value', 'The address of an action server begins with its protocol.', { found: url, expected: 'http:// or https://' }))
  }
  return { url, timeoutMilliseconds: (numberAt(node, 'timeout') ?? 10) * 1_000 }
}

const noteActionKeys = (node: YamlNode | null, report: Report): void => {
  if (node?.kind !== 'map') return
  const module = get(node, 'actions_module')
  if (module !== null && textOf(module) !== 'actions') {
    report(caution(module, 'not-supported', 'Actions in this process are read from the folder actions/ of the project.', { found: writtenAt(node, 'actions_module'), suggestion: 'actions_module: actions' }))
  }
  if (get(node, 'cafile') !== null) report(caution(keyAt(node, 'cafile'), 'not-supported', 'Certificates of your own are not supported here; set NODE_EXTRA_CA_CERTS.'))
  if (get(node, 'enable_selective_domain') !== null) {
    report(caution(keyAt(node, 'enable_selective_domain'), 'not-supported', 'The domain is sent when an action server asks for it, and to no other; the key is ignored.'))
  }
  if (textAt(node, 'url')?.startsWith('grpc://') ?? false) report(mistake(get(node, 'url'), 'not-supported', 'Action servers are spoken to over HTTP; gRPC is not supported yet.', { expected: 'http:// or https://' }))
}

/** Channels of credentials.yml that nobody will open. */
export const noteChannels = (credentials: YamlNode | null, report: Report): void => {
  for (const { key } of entriesOf(credentials)) {
    if (key.name === 'rest') continue
    report(caution(key, 'not-supported', 'Only the REST channel is there so far; this channel is ignored.', { found: key.name, expected: 'rest' }))
  }
}
