import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Seen = { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: Readonly<Record<string, unknown>> }
export type Reply = (response: ServerResponse, seen: Seen) => void

/** A model server on the loopback that gives the replies in turn, the last one for ever. */
export const fakeServer = async (...replies: readonly Reply[]) => {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as Seen['body'] })
      replies[Math.min(seen.length, replies.length) - 1]?.(response, seen.at(-1)!)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`, seen,
    close: () => new Promise<void>((resolve) => { server.close(() => resolve()); server.closeAllConnections() }),
  }
}

export const says = (content: string): Reply => (response) => response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }))
export const completes = (text: string): Reply => (response) => response.end(JSON.stringify({ choices: [{ text }] }))
export const raw = (body: string): Reply => (response) => response.end(body)
export const status = (code: number, headers: Readonly<Record<string, string>> = {}): Reply => (response) => response.writeHead(code, headers).end('no')
export const silence: Reply = () => undefined
export const hangUp: Reply = (response) => response.destroy()
