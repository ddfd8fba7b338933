import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { projectModules, type ProjectModule } from '../actions/project-modules.js'
import type { BotMessage } from '../dialogue/outcome.js'
import type { SlotValue } from '../project/types.js'
import { ChannelModuleBroken } from './errors.js'

export type ChannelMessage = {
  /** Who speaks: the id of the conversation. */
  readonly sender_id: string
  readonly text: string
  readonly metadata?: Readonly<Record<string, SlotValue>>
  /** Names the message for ever: sent again, as platforms do that were not answered in time, it gets the same answer, and nothing happens twice. */
  readonly message_id?: string
}
/** Says something to the assistant; resolves with its answer once the turn is stored. Throws as `Assistant.handle` does. */
export type Talk = (message: ChannelMessage) => Promise<readonly BotMessage[]>

/** A channel of a project's own: `export const channel: Channel` in channels/NAME.ts. It is served at /webhooks/NAME/webhook. */
export type Channel = {
  /** As its file is named; responses and conversations know the channel by it. */
  readonly name: string
  /** Answers a GET or POST of the platform. `credentials` is the entry of this name in credentials.yml, with `${VAR}` from the environment; null where there is none. */
  readonly receive: (request: Request, talk: Talk, credentials: SlotValue) => Promise<Response>
}

const builtIn: readonly string[] = ['rest', 'callback']

/** The channels of a project: each module directly in `channels/` is one, and what they share belongs into a folder below. Throws ChannelModuleBroken. */
export const loadChannels = async (root: string): Promise<readonly Channel[]> => {
  const loaded = new Map<string, { readonly channel: Channel; readonly file: string }>()
  for (const module of await projectModules(root, 'channels')) {
    const { file } = module
    const channel = await channelIn(module)
    const name = basename(file).replace(/\.\w+$/, '')
    const broken = async (detail: string): Promise<ChannelModuleBroken> => new ChannelModuleBroken(await placeIn(file), detail)
    if (channel === null) throw await broken(`it exports no channel. Expected: export const channel = { name: '${name}', receive: async (request, talk, credentials) => new Response(...) }.`)
    if (channel.name !== name) throw await broken(`its channel is named ${JSON.stringify(channel.name)}. Expected: '${name}', like its file, for that is its name in credentials.yml and in the address.`)
    if (!/^[a-z][\w-]{0,63}$/i.test(name)) throw await broken(`'${name}' cannot stand in an address. Expected: a letter, then letters, digits, _ and -.`)
    const other = loaded.get(name)?.file ?? (builtIn.includes(name) ? 'attune itself' : null)
    if (other !== null) throw await broken(`the name '${name}' is taken by ${other}. Name this file and its channel otherwise.`)
    loaded.set(name, { channel, file })
  }
  return [...loaded.values()].map(({ channel }) => channel)
}

const channelIn = async ({ file, load }: ProjectModule): Promise<Channel | null> => {
  let module: unknown
  try {
    module = await load()
  } catch (error) {
    throw new ChannelModuleBroken(file, `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  const found = typeof module === 'object' && module !== null && 'channel' in module ? module.channel : null
  if (typeof found !== 'object' || found === null || !('name' in found) || !('receive' in found)) return null
  return typeof found.name === 'string' && typeof found.receive === 'function' ? found as Channel : null
}

/** Where a module exports its channel, or its beginning where it does not. */
const placeIn = async (file: string): Promise<string> => {
  const text = await readFile(file, 'utf8')
  const lines = text.slice(0, Math.max(0, text.search(/(?<=^export\s+(?:const|let|class)\s+)channel\b/m))).split('\n')
  return `${file}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
}
