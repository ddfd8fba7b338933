// A whole server as a process of its own, for tests that kill it: the tiny bank over SQLite, with a scripted understander.
// Its one action appends a line per call to a file, which is the world outside. Usage: folder port
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setSlot } from '../../src/actions/action.js'
import { openActions } from '../../src/actions/runner.js'
import { Assistant } from '../../src/assistant/assistant.js'
import { silent } from '../../src/assistant/log.js'
import { createApp, defaultLimits } from '../../src/server/app.js'
import { listen } from '../../src/server/listen.js'
import { openSqliteStore } from '../../src/store/sqlite.js'
import { bankProject, words } from '../assistant/bank.js'
import { scripted } from '../assistant/scripted.js'
import { fixedModel } from './fixed-model.js'

const [folder = '', port = '0', slowness = '0'] = process.argv.slice(2)
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Number(slowness)))
const store = await openSqliteStore({ path: join(folder, 'conversations.db') })
const understander = scripted(words)
const assistant = new Assistant({
  project: bankProject, store, search: () => null, log: silent, now: () => Date.now() / 1_000, newId: () => crypto.randomUUID(),
  understander: { ...understander, understand: async (...of) => { await pause(); return understander.understand(...of) } },
  actions: await openActions(bankProject, { actions: new Map([['action_pay', async ({ idempotencyKey, conversation }) => {
    appendFileSync(join(folder, 'payments.txt'), `${conversation} ${idempotencyKey}\n`)
    await pause()
    return { events: [setSlot('reference', idempotencyKey.slice(0, 6))] }
  }]]) }),
})
const app = createApp({ assistant, store, version: '0', model: fixedModel, log: silent, token: null, origins: [], limits: defaultLimits })
const { url, stop } = await listen({ app, assistant, host: '127.0.0.1', port: Number(port), hasToken: false, withoutToken: false })
process.stdout.write(`${url}\n`)
process.on('SIGTERM', () => void stop(5_000).then(() => store.close()).then(() => process.stdout.write('stopped\n')))
