import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { silent } from '../assistant/log.js'
import { openAssistant } from '../assistant/open-assistant.js'
import { loadProject } from '../project/load.js'
import { written } from '../project/written.js'
import { openMemoryStore } from '../store/memory.js'
import { openChat, pipeChat } from '../terminal/chat.js'
import type { ShownMessage } from '../terminal/chat-state.js'
import { exit, type Command, type Io } from './command.js'
import { findServedModel } from './served-model.js'

type Options = { readonly project: string; readonly model: string; readonly url: string; readonly sender: string; readonly token: string }
type Send = (text: string) => Promise<readonly ShownMessage[]>

export const chat: Command<Options> = {
  name: 'chat',
  summary: 'Talk to the assistant in the terminal',
  details: 'Loads the project and its model into this process, or talks to a running server with --url.\n'
    + 'Without a terminal (a pipe, a script) every input line is a message and answers are plain lines.',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    model: { help: 'trained model, the newest of the project unless given', default: '', value: 'FOLDER', short: 'm' },
    url: { help: 'a running server to talk to, such as http://localhost:5005', default: '', value: 'URL' },
    sender: { help: 'name of the conversation', default: '', value: 'ID' },
    token: { help: 'token of the server; ATTUNE_TOKEN does the same', default: '', value: 'TEXT' },
  },
  run: async (options, io) => {
    const sender = options.sender === '' ? `chat-${randomUUID()}` : options.sender
    if (options.url === '') return withOwnAssistant(options, sender, io)
    const token = options.token === '' ? (io.env['ATTUNE_TOKEN'] ?? '') : options.token
    await talk(options.url, serverSend(options.url, sender, token, io.signal), io)
    return exit.ok
  },
}

const talk = async (title: string, send: Send, io: Io): Promise<void> => {
  if (io.isTty && process.stdin.isTTY) await openChat({ title, send, signal: io.signal })
  else await pipeChat({ send, signal: io.signal }, process.stdin, io.out)
}

const withOwnAssistant = async (options: Options, sender: string, io: Io): Promise<number> => {
  const { project, problems, sources } = await loadProject(resolve(io.cwd, options.project), { env: io.env })
  for (const problem of problems) if (problem.severity === 'error') io.err(`${written(problem, sources, { colour: io.colour })}\n`)
  if (project === null) return exit.failed
  const model = await findServedModel({ project, sources }, io, options.model)
  if (model === null) return exit.failed
  const store = openMemoryStore()
  const understander = await model.open()
  try {
    const { assistant } = await openAssistant({ project, sources, store, understander, log: silent })
    const send: Send = async (text) => (await assistant.handle({ conversation: sender, text, channel: 'cmdline' })).messages.map(({ text: said, data }) => ({ ...data, text: said }))
    await talk(`${project.config.assistantId}, model ${model.version}`, send, io)
  } finally {
    await understander.dispose()
    await store.close()
  }
  return exit.ok
}

const serverSend = (url: string, sender: string, token: string, signal: AbortSignal): Send => async (message) => {
  const response = await fetch(new URL('/webhooks/rest/webhook', url), {
    method: 'POST', signal,
    headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ sender, message }),
  }).catch((error: unknown) => {
    throw new Error(`${url} does not answer. Is attune serve running there?`, { cause: error })
  })
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok && Array.isArray(answer)) return answer as readonly ShownMessage[]
  const reason = typeof answer === 'object' && answer !== null && 'message' in answer ? String(answer.message) : `status ${response.status}`
  throw new Error(`${url} refused the message: ${reason}`)
}
