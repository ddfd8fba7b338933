import { listed, nearest } from '../project/nearest.js'
import { caution, mistake, type Problem } from '../project/problem.js'
import type { Sources } from '../project/read-files.js'
import { parseYaml } from '../project/yaml.js'
import { get, keyAt, textOf, writtenOf, type MapNode, type YamlNode } from '../project/yaml-node.js'
import type { GivenOpenAiOptions } from './openai.js'

export type ServerSection = { readonly server: GivenOpenAiOptions | null; readonly problems: readonly Problem[] }

const ofServer = ['server', 'model', 'layout', 'api_key_env'] as const
type Key = (typeof ofServer)[number]
const known = [...ofServer, 'clarify_below']

/**
 * The part of config.yml that names a model server instead of the model in this process:
 * `understanding: {server: http://localhost:8000/v1, model: my-model, layout: tuned, api_key_env: MY_KEY}`.
 * No server where none is named, or where something is wrong with it. Keys come from the environment only, so that none is written
 * into a project; `unset-variable` says that it is not there.
 */
export const serverSection = (sources: Sources, env: Readonly<Record<string, string | undefined>>): ServerSection => {
  const section = get(parseYaml('config.yml', sources.get('config.yml') ?? '').root, 'understanding')
  if (section === null || (section.kind === 'scalar' && section.value === null)) return { server: null, problems: [] }
  if (section.kind !== 'map') return { server: null, problems: [mistake(section, 'wrong-type', '"understanding" must be a map.', { expected: `keys such as ${listed(known)}` })] }
  const problems = unknownKeys(section)
  const problemsBefore = problems.length
  const server = readServer(section, env, (problem) => void problems.push(problem))
  return { server: problems.length > problemsBefore ? null : server, problems }
}

const unknownKeys = (section: MapNode): Problem[] =>
  [...section.entries.values()].filter(({ key }) => !known.includes(key.name)).map(({ key }) => {
    const near = nearest(key.name, known)
    const details = { found: key.name, expected: `one of ${listed(known)}`, suggestion: near }
    return near === null
      ? caution(key, 'unknown-key', `"${key.name}" is not a key attune knows here; it is ignored.`, details)
      : mistake(key, 'unknown-key', `"${key.name}" is not a key of "understanding".`, details)
  })

const readServer = (section: MapNode, env: Readonly<Record<string, string | undefined>>, report: (problem: Problem) => void): GivenOpenAiOptions | null => {
  const node = (key: Key): YamlNode | null => get(section, key)
  const text = (key: Key): string | null => {
    const found = node(key)
    const value = textOf(found)?.trim() ?? ''
    if (found !== null && value === '') report(mistake(found, 'wrong-type', `"${key}" must be a text.`, { found: writtenOf(found) ?? 'no text', expected: examples[key] }))
    return value === '' ? null : value
  }
  const needed = (key: Key): void => {
    const first = ofServer.find((present) => node(present) !== null)
    if (node(key) === null && first !== undefined) report(mistake(keyAt(section, first), 'missing-key', `A model server needs the key "${key}".`, { expected: `${key}: ${examples[key]}` }))
  }
  needed('server')
  needed('model')
  const [server, model, layout, keyName] = [text('server'), text('model'), text('layout') ?? 'full', text('api_key_env')]
  if (server !== null && !isAddress(server)) report(mistake(node('server'), 'bad-value', 'The address of a model server begins with its protocol.', { found: server, expected: examples.server }))
  if (layout !== 'full' && layout !== 'tuned') {
    report(mistake(node('layout'), 'not-allowed', '"layout" has a value it cannot have.', { found: layout, expected: examples.layout, suggestion: nearest(layout, ['full', 'tuned']) }))
  }
  const apiKey = env[keyName ?? 'OPENAI_API_KEY'] ?? null
  if (keyName !== null && apiKey === null) report(mistake(node('api_key_env'), 'unset-variable', `The environment variable ${keyName} is not set.`, { suggestion: `export ${keyName}=...` }))
  return server === null || model === null || (layout !== 'full' && layout !== 'tuned') ? null : { server, model, layout, apiKey }
}

const examples: Readonly<Record<Key, string>> = {
  server: 'an address such as http://localhost:8000/v1',
  model: 'the name under which the server knows its model',
  layout: 'full (any chat model) or tuned (a model with attune\'s adapter)',
  api_key_env: 'the name of an environment variable that holds the key',
}

const isAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
