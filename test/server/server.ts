import { Ajv } from 'ajv'
import type { Hono } from 'hono'
import { expect } from 'vitest'
import type { AssistantParts } from '../../src/assistant/parts.js'
import type { LogEntry } from '../../src/assistant/log.js'
import { createApp, defaultLimits } from '../../src/server/app.js'
import { openApiOf } from '../../src/server/openapi.js'
import type { ServerParts } from '../../src/server/route.js'
import { routes } from '../../src/server/routes/all.js'
import { openBank, type Bank } from '../assistant/bank.js'
import { fixedModel } from './fixed-model.js'

export type Call = { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
export type Called = { readonly status: number; readonly json: unknown; readonly text: string; readonly headers: Headers }
export type TestServer = Bank & {
  readonly app: Hono
  readonly log: LogEntry[]
  /** Calls a route, and checks the answer against what the OpenAPI document says of it. */
  readonly call: (method: string, path: string, call?: Call) => Promise<Called>
}

export const openServer = async (changes: Partial<ServerParts> = {}, bankChanges: Partial<AssistantParts> = {}): Promise<TestServer> => {
  const log: LogEntry[] = []
  const bank = await openBank({ ...bankChanges, log: (entry) => log.push(entry) })
  const parts: ServerParts = {
    assistant: bank.assistant, store: bank.parts.store, version: '0.0.1', model: fixedModel,
    log: (entry) => log.push(entry), token: null, origins: [], limits: defaultLimits, ...changes,
  }
  const app = createApp(parts)
  const call = async (method: string, path: string, { body, headers = {} }: Call = {}): Promise<Called> => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const response = await app.request(path, { method, headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(text !== undefined && { body: text }) })
    const answer = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const json: unknown = type.startsWith('application/json') ? JSON.parse(answer) : undefined
    checkDocumented(method, path, response.status, json)
    return { status: response.status, json, text: answer, headers: response.headers }
  }
  return { ...bank, app, log, call }
}

type Documented = { readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>> }
const document = openApiOf(routes, '0.0.1') as unknown as { readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>> }
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
const patterns = Object.keys(document.paths).map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+').replace(/\/$/, '/?')}$`) }))

/** An undocumented status or body is a mistake of the server or of its document. */
const checkDocumented = (method: string, path: string, status: number, json: unknown): void => {
  const found = patterns.find(({ pattern }) => pattern.test(path.split('?')[0] ?? ''))
  const operation = found && document.paths[found.path]?.[method.toLowerCase()]
  if (!operation) {
    expect(status).toBe(404)
    return
  }
  const answer = operation.responses[status]
  expect(answer, `${method} ${path} answered ${status}, which is not documented`).toBeDefined()
  const schema = answer?.content?.['application/json']?.schema
  if (schema !== undefined && json !== undefined) expect(ajv.validate(schema, json), `${method} ${path}: ${ajv.errorsText()}`).toBe(true)
}
