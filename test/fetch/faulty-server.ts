import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

const rangeStart = (request: IncomingMessage): number => Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)

const head = (response: ServerResponse, content: Buffer, start: number, ranged: boolean): void => {
  response.writeHead(ranged ? 206 : 200, {
    'content-length': content.length - start,
    ...(ranged ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  })
}

/** A server as it should be. */
export const whole = (content: Buffer): Answer => (request, response) => {
  const start = rangeStart(request)
  if (request.headers.range !== undefined && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
    return
  }
  head(response, content, start, request.headers.range !== undefined)
  response.end(content.subarray(start))
}

/** Promises all, sends `bytes` more, and cuts the connection. */
export const cutAfter = (content: Buffer, bytes: number): Answer => (request, response) => {
  const start = rangeStart(request)
  head(response, content, start, request.headers.range !== undefined)
  response.write(content.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 100)) // what the client has not taken by then is lost
}

/** Sends `bytes` and then nothing, with the connection open. */
export const silentAfter = (content: Buffer, bytes: number): Answer => (request, response) => {
  const start = rangeStart(request)
  head(response, content, start, request.headers.range !== undefined)
  response.write(content.subarray(start, start + bytes))
}

/** Knows nothing of Range: 200 and everything. */
export const withoutRange = (content: Buffer): Answer => (_request, response) => {
  head(response, content, 0, false)
  response.end(content)
}

export const status = (code: number, headers: Record<string, string> = {}): Answer => (_request, response) => {
  response.writeHead(code, headers).end('no')
}

/** Answers from another byte than the one asked for. */
export const wrongRange = (content: Buffer): Answer => (_request, response) => {
  response.writeHead(206, { 'content-range': `bytes 1-${content.length - 1}/${content.length}`, 'content-length': content.length - 1 })
  response.end(content.subarray(1))
}

export type Served = { readonly url: string; readonly requests: readonly { readonly method: string; readonly url: string; readonly range: string | undefined; readonly authorization: string | undefined }[] }

const closers: (() => Promise<void>)[] = []

/** Serves one answer after the other on loopback; the last one for ever. */
export const serve = async (...answers: readonly Answer[]): Promise<Served> => {
  const requests: Served['requests'][number][] = []
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)]
    requests.push({ method: request.method ?? '', url: request.url ?? '', range: request.headers.range, authorization: request.headers.authorization })
    answer?.(request, response)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  closers.push(() => new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => { resolve() })
  }))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`, requests }
}

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})
