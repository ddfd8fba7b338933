import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { sign } from 'hono/jwt'
import { afterAll, describe, expect, it } from 'vitest'
import { exit, type Io } from '../../src/cli/command.js'
import { inspectCommand } from '../../src/cli/inspect.js'
import { serveCommand, type ServeOptions } from '../../src/cli/serve.js'
import type { FindServedModel } from '../../src/cli/served-model.js'
import { openSqliteStore } from '../../src/store/sqlite.js'
import { bankFiles, words } from '../assistant/bank.js'
import { scripted } from '../assistant/scripted.js'

const folder = mkdtempSync(join(tmpdir(), 'attune-serve-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const files: Readonly<Record<string, string>> = {
  ...bankFiles, 'actions/pay.mjs': 'export const actions = { action_pay: () => ({ events: [{ event: "slot", name: "reference", value: "R1" }] }) }',
  'data/knowledge/fees.yml': 'knowledge:\n  - title: fees\n    questions: [what are the fees]\n    answer: None at all.\n  - {title: hours}\n',
}
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

let isDisposed = false
const asked: string[] = []
const find: FindServedModel = async (_ready, _io, given) => ({
  version: asked.push(given) > 0 && given !== '' ? basename(given) : 'scripted', file: given === '' ? 'nowhere' : given, open: async () => ({ ...scripted(words), dispose: async () => { isDisposed = true } }),
})
const { options: specs } = serveCommand(find)
const defaults = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, spec.default])) as ServeOptions

type Run = { readonly code: Promise<number>; readonly out: string[]; readonly err: string[]; readonly stop: () => void; readonly url: () => Promise<string> }
const run = (given: Partial<ServeOptions>, env: Io['env'] = {}): Run => {
  const out: string[] = []
  const err: string[] = []
  const stopping = new AbortController()
  const io: Io = { out: (text) => out.push(text), err: (text) => err.push(text), isTty: false, colour: false, cwd: folder, env, signal: stopping.signal }
  const code = serveCommand(find).run({ ...defaults, project: folder, port: 0, ...given }, io, [])
  code.catch(() => { /* looked at where it matters */ })
  const url = async (): Promise<string> => {
    for (;;) {
      const [, found] = /listens on (\S+)/.exec(out.join('')) ?? []
      if (found !== undefined) return found
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 10)), code.then(() => { throw new Error(err.join('')) })])
    }
  }
  return { code, out, err, stop: () => stopping.abort(), url }
}

describe('attune serve', () => {
  it('serves a project folder, keeps conversations in it, and stops in good order', async () => {
    const { code, url, stop, err } = run({})
    const post = async (message: string): Promise<unknown> => {
      const response = await fetch(`${await url()}/webhooks/rest/webhook`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sender: 'a', message }) })
      return response.json()
    }
    expect(await post('what are the fees')).toEqual([{ recipient_id: 'a', text: 'None at all.' }])
    await post('pay Ann 50')
    expect(await post('yes')).toEqual([{ recipient_id: 'a', text: 'Sent, R1.' }])
    stop()
    expect(await code).toBe(exit.ok)
    expect(isDisposed).toBe(true)
    expect(err.join('')).toMatch(/info {2}request method=post path=\/webhooks\/rest\/webhook status=200/)
    expect(err.join('')).toContain('data/knowledge/fees.yml:5:5: error: A fact needs a "title" and an "answer". [missing-key]\n\n   5 |   - {title: hours}\n')
    expect(err.join('')).not.toMatch(/Ann|fees"/)
    const store = await openSqliteStore({ path: join(folder, '.attune', 'conversations.db') })
    expect((await store.read('a')).filter(({ event }) => event === 'user')).toHaveLength(3)
    await store.close()
  })

  it('shows the inspector where it is asked to: the step under way is on the page under the name that the tracker gives it', async () => {
    const { code, url, stop, out } = run({ ephemeral: true, inspect: true })
    const at = await url()
    const page = await (await fetch(`${at}/inspect`)).text()
    const script = /<script>(.*)<\/script>/s.exec(page)?.[1] ?? ''
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- only compiled, to see that browsers can
    expect(() => new Function(`(async () => {${script}})`)).not.toThrow()
    await fetch(`${at}/webhooks/rest/webhook`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sender: 'a', message: 'pay Ann 50' }) })
    const { stack } = await (await fetch(`${at}/conversations/a/tracker`)).json() as { readonly stack: readonly { readonly flow_id: string; readonly step_id: string }[] }
    const section = new RegExp(`data-flow="${stack[0]?.flow_id ?? '-'}".*?</section>`, 's').exec(page)?.[0] ?? ''
    expect(section).toContain(`data-step="${stack[0]?.step_id ?? '-'}"`)
    expect(out.join('')).toContain(`Look at ${at}/inspect.`)
    stop()
    expect(await code).toBe(exit.ok)
  })

  it('has no inspector unless it is asked to, and the command inspect asks for it', async () => {
    const { code, url, stop } = run({ ephemeral: true })
    expect((await fetch(`${await url()}/inspect`)).status).toBe(404)
    stop()
    await code
    const given: ServeOptions[] = []
    const io: Io = { out: () => undefined, err: () => undefined, isTty: false, colour: false, cwd: folder, env: {}, signal: new AbortController().signal }
    await inspectCommand({ ...serveCommand(find), run: async (options) => { given.push(options); return exit.ok } }).run({ ...defaults, port: 0 }, io, [])
    expect(given).toMatchObject([{ inspect: true, ephemeral: true }])
  })

  it('asks for the token that it was given, by option or environment', async () => {
    for (const [given, env] of [[{ token: 's3cret' }, {}], [{}, { ATTUNE_TOKEN: 's3cret' }], [{}, { AUTH_TOKEN: 's3cret' }]] as const) {
      const { code, url, stop } = run({ ...given, ephemeral: true, host: '0.0.0.0', log: 'json' }, env)
      const at = `${(await url()).replace('0.0.0.0', '127.0.0.1')}/conversations`
      expect([(await fetch(at)).status, (await fetch(at, { headers: { authorization: 'Bearer s3cret' } })).status]).toEqual([401, 200])
      stop()
      expect(await code).toBe(exit.ok)
    }
  })

  it('asks for a signed token where it was given the key of one', async () => {
    const { code, url, stop } = run({ ephemeral: true, host: '0.0.0.0' }, { JWT_SECRET: 'a key of at least thirty-two characters' })
    const at = `${(await url()).replace('0.0.0.0', '127.0.0.1')}/conversations`
    const signed = await sign({ user: { username: 'boss', role: 'admin' } }, 'a key of at least thirty-two characters', 'HS256')
    expect([(await fetch(at)).status, (await fetch(at, { headers: { authorization: `Bearer ${signed}` } })).status]).toEqual([401, 200])
    stop()
    expect(await code).toBe(exit.ok)
  })

  it('says which variables of Rasa have no effect, and what has', async () => {
    const { code, url, stop, err } = run({ ephemeral: true }, { CLARIFY_ON_MULTIPLE_START_FLOWS: 'True', SANIC_WORKERS: '4', AUTH_TOKEN: 'x' })
    await url()
    stop()
    await code
    expect(err.join('').match(/variable-without-effect variable=\w+/g)).toEqual(['CLARIFY_ON_MULTIPLE_START_FLOWS', 'SANIC_WORKERS'].map((name) => `variable-without-effect variable=${name}`))
    expect(err.join('')).toContain('clarify_on_multiple_start_flows: true')
  })

  it('exchanges its model for one of the project, and opens nothing outside it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'attune-outside-'))
    const models = join(folder, '.attune', 'models')
    mkdirSync(join(models, 'other'), { recursive: true })
    mkdirSync(`${folder}-twin`)
    symlinkSync(outside, join(models, 'link'))
    symlinkSync(join(models, 'other'), join(folder, 'inner'))
    try {
      const { code, url, stop } = run({ ephemeral: true })
      const at = await url()
      const put = async (model_file: string): Promise<number> =>
        (await fetch(`${at}/model`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model_file }) })).status
      asked.length = 0
      const refused = [outside, relative(folder, outside), '..', '.', `${folder}-twin`, '.attune/models/link', '.attune/models/../../..', '/etc', '.attune/models/gone', 'a\0b']
      expect(await Promise.all(refused.map(put))).toEqual(refused.map(() => 400))
      expect(asked).toEqual([])
      isDisposed = false
      for (const given of ['.attune/models/other', join(models, 'other'), 'inner']) expect(await put(given)).toBe(204)
      expect(asked).toEqual(Array.from({ length: 3 }, () => realpathSync(join(models, 'other'))))
      expect([isDisposed, await (await fetch(`${at}/status`)).json()]).toMatchObject([true, { model_id: 'other' }])
      stop()
      expect(await code).toBe(exit.ok)
    } finally {
      for (const each of [outside, `${folder}-twin`]) rmSync(each, { recursive: true, force: true })
    }
  })

  it('serves the channels of its project, and does not start with one that is broken', async () => {
    mkdirSync(join(folder, 'channels'))
    const file = join(folder, 'channels', 'shop.ts')
    const credentials = join(folder, 'credentials.yml')
    writeFileSync(file, "import type { Channel } from 'attune'\nexport const channel: Channel = { name: 'shop', receive: async (request, talk, credentials) =>\n"
      + "  Response.json([credentials, (await talk({ sender_id: 'a', text: await request.text() })).map(({ text }) => text)]) }\n")
    writeFileSync(credentials, 'shop: {key: "${SHOP_KEY}"}\nother: {}\n')
    try {
      const { code, url, stop, err } = run({ ephemeral: true }, { SHOP_KEY: 'k' })
      const answer = await fetch(`${await url()}/webhooks/shop/webhook`, { method: 'POST', body: 'pay somebody' })
      expect(await answer.json()).toEqual([{ key: 'k' }, ['To whom?']])
      expect(err.join('')).toContain('credentials.yml:2:1: warning: No module of the project is a channel of this name')
      stop()
      expect(await code).toBe(exit.ok)
      const broken = join(folder, 'channels', 'broken.ts')
      writeFileSync(broken, 'export const nothing = 1')
      await expect(run({ ephemeral: true }).code).rejects.toMatchObject({ name: 'ChannelModuleBroken', place: `${broken}:1:1` })
    } finally {
      rmSync(dirname(file), { recursive: true })
      rmSync(credentials)
    }
  })

  it('does not open itself to a network without a token', async () => {
    await expect(run({ host: '0.0.0.0' }).code).rejects.toMatchObject({ name: 'OpenToAll' })
  })

  it.each<readonly [Partial<ServeOptions>, number, string]>([
    [{ log: 'xml' }, exit.usage, '--log is pretty, json or none'],
    [{ jwtMethod: 'none' }, exit.usage, '--jwt-method is one of HS256'],
    [{ port: 99_999 }, exit.usage, '--port is a whole number'],
    [{ project: join(folder, 'actions', 'pay.mjs') }, exit.failed, 'cannot be read'],
  ])('explains %j', async (given, code, sentence) => {
    const { code: ended, err } = run(given)
    expect(await ended).toBe(code)
    expect(err.join('')).toContain(sentence)
  })

  it('does not start over a damaged store', async () => {
    const path = join(folder, 'damaged.db')
    writeFileSync(path, 'this is no database'.repeat(500))
    await expect(run({ store: path }).code).rejects.toMatchObject({ name: 'StoreCorrupt', path })
  })
})
