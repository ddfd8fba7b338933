import { resolve } from 'node:path'
import { silent, whereOf } from '../assistant/log.js'
import { openAssistant } from '../assistant/open-assistant.js'
import { Timekeeper } from '../assistant/timekeeper.js'
import { loadProject } from '../project/load.js'
import type { Problem } from '../project/problem.js'
import type { Sources } from '../project/read-files.js'
import type { Project } from '../project/types.js'
import { written } from '../project/written.js'
import { jwtMethods, type AccessKeys } from '../server/access.js'
import { createApp, defaultLimits } from '../server/app.js'
import { delivered } from '../server/callback.js'
import { loadChannels } from '../server/channel.js'
import { restMessages } from '../server/routes/rest-messages.js'
import { checkAccess, listen } from '../server/listen.js'
import { logLines } from '../server/log-lines.js'
import { openMemoryStore } from '../store/memory.js'
import { openSqliteStore } from '../store/sqlite.js'
import type { TrackerStore } from '../store/tracker-store.js'
import { ExchangeableModel } from '../understand/exchangeable.js'
import { exit, type Command, type Io } from './command.js'
import { exchangesOf } from './exchange-model.js'
import { idleSwitches } from './idle-switches.js'
import { inspectorOf } from './inspector.js'
import { findServedModel, type FindServedModel, type Ready } from './served-model.js'
import { version } from './version.js'

export type ServeOptions = {
  readonly project: string
  readonly model: string
  readonly host: string
  readonly port: number
  readonly token: string
  readonly jwtSecret: string
  readonly jwtMethod: string
  readonly withoutToken: boolean
  readonly cors: string
  readonly store: string
  readonly ephemeral: boolean
  readonly inspect: boolean
  readonly log: string
  readonly verbose: boolean
}

export const serveCommand = (find: FindServedModel): Command<ServeOptions> => ({
  name: 'serve',
  summary: 'Answer messages over HTTP, with the tuned model or a model server',
  details: 'POST /webhooks/rest/webhook {"sender": "me", "message": "hello"} says something; GET /openapi.json describes every route.\n'
    + 'Conversations are kept in one SQLite file; an answer is sent once its turn is stored. Ctrl-C or SIGTERM finishes running turns first.',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    model: { help: 'trained model, the newest of the project unless given', default: '', value: 'FOLDER', short: 'm' },
    host: { help: 'address to listen on', default: '127.0.0.1', value: 'ADDRESS' },
    port: { help: 'port to listen on, 0 for any free one', default: 5005, value: 'NUMBER' },
    token: { help: 'who asks must know this; ATTUNE_TOKEN or AUTH_TOKEN does the same without showing it in the process list', default: '', value: 'TEXT' },
    jwtSecret: { help: 'key of signed tokens {user: {username, role}}; JWT_SECRET does the same. Role user sees only its own conversation', default: '', value: 'TEXT' },
    jwtMethod: { help: 'how they are signed', default: 'HS256', value: 'NAME' },
    withoutToken: { help: 'let everybody in on any address, because something in front checks who may', default: false },
    cors: { help: 'origins whose web pages may call, with commas between', default: '', value: 'ORIGINS' },
    store: { help: 'file for conversations, .attune/conversations.db in the project unless given', default: '', value: 'FILE' },
    ephemeral: { help: 'keep conversations in memory only', default: false },
    inspect: { help: 'show a page at /inspect to talk and see what is behind the answers', default: false },
    log: { help: 'pretty, json or none', default: 'pretty', value: 'FORMAT' },
    verbose: { help: 'log small things too', default: false },
  },
  run: async (options, io) => {
    const format = options.log
    if (format !== 'pretty' && format !== 'json' && format !== 'none') {
      io.err(`--log is pretty, json or none, found '${format}'.\n`)
      return exit.usage
    }
    if (!Number.isInteger(options.port) || options.port < 0 || options.port > 65_535) {
      io.err(`--port is a whole number from 0 to 65535, found ${options.port}.\n`)
      return exit.usage
    }
    const token = options.token !== '' ? options.token : io.env['ATTUNE_TOKEN'] ?? io.env['AUTH_TOKEN'] ?? ''
    const jwtSecret = options.jwtSecret !== '' ? options.jwtSecret : io.env['JWT_SECRET'] ?? ''
    const method = jwtMethods.find((known) => known === options.jwtMethod)
    if (method === undefined) {
      io.err(`--jwt-method is one of ${jwtMethods.join(', ')}, found '${options.jwtMethod}'.\n`)
      return exit.usage
    }
    checkAccess({ host: options.host, hasToken: token !== '' || jwtSecret !== '', withoutToken: options.withoutToken })
    const { project, problems, sources } = await loadProject(resolve(io.cwd, options.project), { env: io.env })
    show(problems, sources, io)
    if (project === null) return exit.failed
    const log = format === 'none' ? silent : logLines(format, io.err, () => new Date(), options.verbose ? 'debug' : 'info')
    for (const [name, advice] of Object.entries(idleSwitches)) if (io.env[name] !== undefined) log({ level: 'warn', event: 'variable-without-effect', variable: name, advice })
    const keys = { token: token === '' ? null : token, jwt: jwtSecret === '' ? null : { secret: jwtSecret, method } }
    return serveProject({ project, sources }, options, io, { log, find, keys })
  },
})

export const serve = serveCommand(findServedModel)

type Edges = { readonly log: ReturnType<typeof logLines>; readonly find: FindServedModel; readonly keys: AccessKeys }

const serveProject = async (ready: Ready, options: ServeOptions, io: Io, { log, find, keys }: Edges): Promise<number> => {
  const { project, sources } = ready
  const channels = await loadChannels(project.root)
  const model = await find(ready, io, options.model)
  if (model === null) return exit.failed
  const store = await openStore(project, options, io)
  try {
    const understander = new ExchangeableModel((error) => log({ level: 'warn', event: 'model-not-disposed', ...whereOf(error) }))
    try {
      await understander.load(async () => model)
      const actions = { server: { deflate: /^(true|1|yes)$/i.test(io.env['COMPRESS_ACTION_SERVER_REQUEST'] ?? '') } }
      const { assistant, problems } = await openAssistant({ project, sources, store, understander, log, actions })
      show(problems, sources, io)
      const origins = options.cors.split(',').map((origin) => origin.trim()).filter((origin) => origin !== '')
      const app = createApp({ assistant, store, version: version(), model: exchangesOf(understander, find, ready, io), log, ...keys, origins, limits: defaultLimits, channels: channels.map((channel) => ({ channel, credentials: project.config.channels?.[channel.name] ?? null })), inspector: options.inspect ? inspectorOf(ready) : null })
      const { url, stop } = await listen({ app, assistant, host: options.host, port: options.port, hasToken: keys.token !== null || keys.jwt !== null, withoutToken: options.withoutToken })
      const timekeeper = new Timekeeper({
        assistant, store, log, now: () => Date.now() / 1_000,
        deliver: (id, channel, messages) => delivered({ assistant, log }, channel, messages.flatMap((message) => restMessages(id, message))),
      })
      timekeeper.start()
      io.out(`${project.config.assistantId} listens on ${url} (model ${model.version}). Ctrl-C stops it.\n${options.inspect ? `Look at ${url}/inspect.\n` : ''}`)
      await interrupted(io.signal)
      log({ level: 'info', event: 'stopping', running: assistant.runningConversations })
      await timekeeper.stop()
      await stop()
    } finally {
      await understander.dispose()
    }
  } finally {
    await store.close()
  }
  return exit.ok
}

const openStore = (project: Project, { store, ephemeral }: ServeOptions, io: Io): Promise<TrackerStore> =>
  ephemeral ? Promise.resolve(openMemoryStore()) : openSqliteStore({ path: store === '' ? resolve(project.root, '.attune', 'conversations.db') : resolve(io.cwd, store) })

const show = (problems: readonly Problem[], sources: Sources, io: Io): void => {
  for (const problem of problems) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
}

const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })
