import { listed, nearest } from './nearest.js'
import type { Reading, Section } from './draft.js'
import { caution, mistake, type Report } from './problem.js'
import { checkAdapter } from './read-adapter.js'
import { readActionEndpoint, readChannels, readResponseServer, type Env } from './read-endpoints.js'
import { hasShape } from './schema-check.js'
import type { Config } from './types.js'
import { componentName, readPipeline } from './read-pipeline.js'
import { componentAdvice, settingAdvice } from './unsupported.js'
import { entriesOf, flagAt, get, itemsOf, numberAt, textAt, textOf, valueOf, writtenAt, type MapNode, type YamlNode } from './yaml-node.js'

const profiles = ['3.8', '3.13', '3.16'] as const
/** What this room makes of config.yml; the rest stays as it stood, for the rooms below. */
const ownKeys = ['recipe', 'language', 'assistant_id', 'compat']
const knownKeys = [...ownKeys, 'additional_languages', 'pipeline', 'policies']

type Files = { readonly config: YamlNode | null; readonly endpoints: YamlNode | null; readonly credentials: YamlNode | null; readonly channelModules: ReadonlySet<string> }

export const readConfig = (files: Files, session: readonly Section[], env: Env, { report }: Reading): Config => {
  const root = fitting('config', files.config, report)
  const endpoints = fitting('endpoints', files.endpoints, report)
  const last = session.filter(({ value }) => hasShape('session_config', value, report)).at(-1)?.value ?? null
  const nlu = readPipeline(root, report)
  noteComponents(root, nlu !== null, report)
  noteMisspelt(root, report)
  checkAdapter(root, report)
  const limit = itemsOf(get(root, 'pipeline')).map((item) => numberAt(get(item, 'user_input'), 'max_characters')).find((found) => found !== null)
  return {
    language: textAt(root, 'language') ?? 'en',
    assistantId: textAt(root, 'assistant_id') ?? 'assistant',
    compat: readCompat(root, report),
    maximumCharacters: limit ?? 420,
    // Without a new session after the time is up, the time never is.
    sessionExpirationMinutes: flagAt(last, 'start_session_after_expiry', true) ? numberAt(last, 'session_expiration_time') ?? 60 : 0,
    inactiveAfterMinutes: numberAt(last, 'session_expiration_time') ?? 60,
    carryOverSlots: flagAt(last, 'carry_over_slots_to_new_session', true),
    actionEndpoint: readActionEndpoint(get(endpoints, 'action_endpoint'), env, report),
    responseServer: readResponseServer(endpoints, env, report),
    ...readChannels(files.credentials, files.channelModules, env, report),
    ...(nlu !== null && { nlu }),
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

const noteComponents = (root: MapNode | null, isNluOn: boolean, report: Report): void => {
  for (const item of [...itemsOf(get(root, 'pipeline')), ...itemsOf(get(root, 'policies'))]) {
    const name = componentName(item)
    const advice = componentAdvice(name, isNluOn)
    if (advice !== null) {
      report(caution(get(item, 'name'), 'not-supported', advice, { found: name }))
      continue
    }
    for (const { key } of entriesOf(item)) {
      if (key.name === 'minimize_num_calls' && isNluOn) continue
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
