import { caution, mistake, type Report } from './problem.js'
import type { Config, SlotValue } from './types.js'
import { rephraserAdvice } from './unsupported.js'
import { entriesOf, get, keyAt, numberAt, spanWithin, textAt, textOf, writtenAt, type MapKey, type MapNode, type YamlNode } from './yaml-node.js'

export type Env = Readonly<Record<string, string | undefined>>

/** A text with `${VAR}` taken from the environment. A variable that is not set is told, and its hole stays. */
const filled = (node: YamlNode, written: string, env: Env, report: Report): string => written.replace(/\$\{(\w+)\}/g, (hole, name: string) => {
  const value = env[name]
  if (value === undefined && node.kind === 'scalar') {
    const at = written.indexOf(hole)
    report(caution(spanWithin(node, at, at + hole.length), 'unset-variable', `The environment variable ${name} is not set.`, { suggestion: `export ${name}=...` }))
  }
  return value ?? hole
})

/** A value with the texts in it filled in the same way. */
const filledValue = (node: YamlNode, env: Env, report: Report): SlotValue => {
  if (node.kind === 'list') return node.items.map((item) => filledValue(item, env, report))
  if (node.kind === 'map') return Object.fromEntries(entriesOf(node).map(({ key, value }) => [key.name, filledValue(value, env, report)]))
  return typeof node.value === 'string' ? filled(node, node.value, env, report) : node.value
}

/** An address out of endpoints.yml or credentials.yml, with `${VAR}` taken from the environment. Null where none is written. */
const readUrl = (node: YamlNode | null, what: string, protocols: RegExp, env: Env, report: Report): string | null => {
  const urlNode = get(node, 'url')
  const written = textAt(node, 'url')
  if (urlNode === null || written === null) return null
  const url = filled(urlNode, written, env, report)
  if (!protocols.test(url) && !url.includes('${')) {
    report(mistake(urlNode, 'bad-value', `The address of ${what} begins with its protocol.`, { found: url, expected: 'http:// or https://' }))
  }
  return url
}

const secondsAt = (node: YamlNode | null): number => (numberAt(node, 'timeout') ?? 10) * 1_000

export const readActionEndpoint = (node: YamlNode | null, env: Env, report: Report): Config['actionEndpoint'] => {
  noteActionKeys(node, report)
  const url = readUrl(node, 'an action server', /^(https?|grpc):\/\//, env, report)
  return url === null ? null : { url, timeoutMilliseconds: secondsAt(node) }
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

/** `nlg: {url}`: a server that words the responses (calm-spec section 8). A rephraser is another thing, and not there. */
export const readResponseServer = (endpoints: MapNode | null, env: Env, report: Report): Config['responseServer'] => {
  const node = get(endpoints, 'nlg')
  if (endpoints === null || node === null) return null
  const url = readUrl(node, 'a response server', /^https?:\/\//, env, report)
  if (url !== null) return { url, timeoutMilliseconds: secondsAt(node) }
  report(caution(keyAt(endpoints, 'nlg'), 'not-supported', rephraserAdvice, { found: 'nlg', expected: 'nlg: {url: ...}' }))
  return null
}

/** The address of the callback channel, and what the project's own channels are given. Channels that nobody will open are told. */
export const readChannels = (credentials: YamlNode | null, modules: ReadonlySet<string>, env: Env, report: Report): Pick<Config, 'callbackUrl' | 'channels'> => {
  const others = entriesOf(credentials).filter(({ key }) => key.name !== 'rest' && key.name !== 'callback')
  for (const { key } of others) if (!modules.has(key.name)) noteUnknownChannel(key, report)
  const own = others.filter(({ key }) => modules.has(key.name)).map(({ key, value }) => [key.name, filledValue(value, env, report)] as const)
  return { callbackUrl: readCallback(credentials, env, report), ...(own.length > 0 && { channels: Object.fromEntries(own) }) }
}

const readCallback = (credentials: YamlNode | null, env: Env, report: Report): string | null => {
  const node = get(credentials, 'callback')
  if (node === null || credentials?.kind !== 'map') return null
  const url = readUrl(node, 'a callback', /^https?:\/\//, env, report)
  if (url === null) report(mistake(keyAt(credentials, 'callback'), 'missing-key', 'The callback channel needs the address that answers go to.', { expected: 'callback: {url: ...}' }))
  return url
}

/** Rasa's other channels, and classes in Python (`my.module.MyChannel`): a module takes their place. */
const noteUnknownChannel = (key: MapKey, report: Report): void => {
  const isClass = key.name.includes('.')
  const file = key.name.split('.').at(-1)?.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase() ?? ''
  report(caution(key, 'not-supported', isClass ? 'Channels in Python cannot be loaded; this one is ignored.' : 'No module of the project is a channel of this name; it is ignored.', {
    found: key.name, expected: 'rest, callback or the name of a module in channels/', suggestion: `write channels/${file}.ts, which exports a channel, and name it ${file} here`,
  }))
}
