import { Ajv } from 'ajv'
import type { Context } from 'hono'
import type { Assistant } from '../assistant/assistant.js'
import type { Log } from '../assistant/log.js'
import type { TrackerStore } from '../store/tracker-store.js'
import type { SlotValue } from '../project/types.js'
import type { JwtKey } from './access.js'
import { checkedBody, limitedBody } from './body.js'
import type { Channel } from './channel.js'

/** What routes need; `createApp` fills in the rest of the defaults. */
export type ServerParts = {
  readonly assistant: Assistant
  readonly store: TrackerStore
  /** Of attune itself. */
  readonly version: string
  readonly model: ServerModel
  readonly log: Log
  /** Channels that the project brings along. */
  readonly channels?: readonly MountedChannel[]
  /** A page to talk and look behind it, at /inspect; null or absent: there is none. */
  readonly inspector?: string | null
  /** null, and no `jwt`: nobody is asked who they are. */
  readonly token: string | null
  readonly jwt?: JwtKey | null
  /** Web pages of these origins may call from a browser. */
  readonly origins: readonly string[]
  readonly limits: ServerLimits
}
/** A channel with its entry of credentials.yml. */
export type MountedChannel = { readonly channel: Channel; readonly credentials: SlotValue }
/** The model that answers, which may be exchanged while the server runs. */
export type ServerModel = {
  /** Its name, and its folder or file; null: there is none at the moment. */
  readonly loaded: { readonly version: string; readonly file: string } | null
  /** Lets the model in this folder of the project answer from now on. Throws where it cannot be opened; then nothing changes. */
  readonly load: (folder: string) => Promise<void>
  readonly unload: () => Promise<void>
}
export type ServerLimits = { readonly bodyBytes: number; readonly answerMilliseconds: number }

export type JsonSchema = Readonly<Record<string, unknown>>
export type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly schema: JsonSchema
}
export type Described = { readonly description: string; readonly schema?: JsonSchema; readonly type?: string }

/** One route as a record: the server is made from these, and so is its OpenAPI document. */
export type Route = {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** As in OpenAPI: `/conversations/{id}/tracker`. */
  readonly path: string
  readonly operation: string
  readonly summary: string
  /** Answered to anybody, token or not. */
  readonly isOpen: boolean
  readonly parameters: readonly Parameter[]
  readonly body: JsonSchema | null
  readonly answers: Readonly<Record<number, Described>>
  readonly handler: (parts: ServerParts) => (context: Context) => Promise<Response>
}

const ajv = new Ajv({ allErrors: false, strict: true, allowUnionTypes: true })

type Given = Pick<Route, 'method' | 'path' | 'operation' | 'summary' | 'answers'> & { readonly isOpen?: boolean; readonly parameters?: readonly Parameter[] }
type Handled = (parts: ServerParts) => (context: Context) => Response | Promise<Response>
type HandledBody<Body> = (parts: ServerParts) => (context: Context, body: Body) => Response | Promise<Response>

export const route = (given: Given & { readonly handle: Handled }): Route => {
  const { handle, ...rest } = given
  return {
    isOpen: false, parameters: [], body: null, ...rest,
    handler: (parts) => {
      const handled = handle(parts)
      return async (context) => handled(context)
    },
  }
}

/** A route whose body has been read, limited and checked against its schema before it is called. `Body` is what the schema says; `mostBytes` lets it be larger than a message. */
export const routeWithBody = <Body>(given: Given & { readonly body: JsonSchema; readonly mostBytes?: number; readonly handle: HandledBody<Body> }): Route => {
  const { handle, mostBytes = 0, ...rest } = given
  const isBody = ajv.compile<Body>(given.body)
  return {
    isOpen: false, parameters: [], ...rest,
    handler: (parts) => {
      const handled = handle(parts)
      return async (context) => handled(context, checkedBody(await limitedBody(context.req.raw, Math.max(mostBytes, parts.limits.bodyBytes)), isBody))
    },
  }
}
