import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exit, type Command, type Io, type OptionValue } from '../../src/cli/command.js'
import { serve, type ServeOptions } from '../../src/cli/serve.js'
import { findServedModel } from '../../src/cli/served-model.js'
import { startCommand } from '../../src/cli/start.js'
import { testCommand } from '../../src/cli/test.js'
import { validate } from '../../src/cli/validate.js'
import { bankFiles } from '../assistant/bank.js'
import { fakeServer, says, status, type Reply } from '../understand/fake-server.js'

let folder: string
const servers: { close: () => Promise<void> }[] = []
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'attune-served-')) })
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  for (const server of servers.splice(0)) await server.close()
})

/** A bank whose config.yml names a model server, read with an environment of its own. */
const bankOf = (understanding: string): void => {
  const files: Readonly<Record<string, string>> = {
    ...bankFiles, 'config.yml': `${bankFiles['config.yml']}understanding: ${understanding}\n`, 'actions/pay.mjs': 'export const actions = { action_pay: () => ({}) }',
    'e2e_tests/pay.yml': 'test_cases:\n  - test_case: pay\n    steps:\n      - user: I owe Ann something\n      - utter: utter_ask_amount\n',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}
type Run = { readonly code: Promise<number>; readonly out: string[]; readonly err: string[]; readonly stop: () => void }
const run = <O extends Readonly<Record<string, OptionValue>>>(command: Command<O>, given: Partial<O> = {}, env: Io['env'] = {}): Run => {
  const [out, err, stopping]: [string[], string[], AbortController] = [[], [], new AbortController()]
  const defaults = Object.fromEntries(Object.entries(command.options).map(([name, spec]) => [name, (spec as { readonly default: OptionValue }).default])) as O
  const io: Io = { out: (text) => void out.push(text), err: (text) => void err.push(text), isTty: false, colour: false, cwd: folder, env, signal: stopping.signal }
  return { code: command.run({ ...defaults, ...given }, io, []), out, err, stop: () => stopping.abort() }
}
const tests = testCommand({ served: findServedModel, untuned: () => Promise.reject(new Error('nobody asks for it')) })
const pays = says('start flow pay\nset slot payee Ann')
const server = async (...replies: readonly Reply[]) => {
  const started = await fakeServer(...replies)
  servers.push(started)
  return started
}
const post = async (served: Run): Promise<unknown> => {
  let url: string | undefined
  while (url === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    url = /listens on (\S+)/.exec(served.out.join(''))?.[1]
  }
  const response = await fetch(`${url}/webhooks/rest/webhook`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sender: 'a', message: 'I owe Ann something' }) })
  return response.json()
}

describe('a model server that config.yml names', () => {
  it('understands for attune serve, with the key of the environment', async () => {
    const { url, seen } = await server(pays)
    bankOf(`{server: "${url}", model: chatty, api_key_env: BANK_KEY}`)
    const served = run(serve, { port: 0, ephemeral: true }, { BANK_KEY: 'secret' })
    expect(await post(served)).toEqual([{ recipient_id: 'a', text: 'How much to Ann?' }])
    served.stop()
    expect(await served.code).toBe(exit.ok)
    expect(served.out.join('')).toContain('(model chatty@127.0.0.1:')
    expect(seen[0]).toMatchObject({ path: '/v1/chat/completions', headers: { authorization: 'Bearer secret' }, body: { model: 'chatty' } })
  })

  it('that fails is told in the log with the reason, without what was said', async () => {
    const { url } = await server(status(404))
    bankOf(`{server: "${url}", model: chatty}`)
    const served = run(serve, { port: 0, ephemeral: true })
    expect(await post(served)).toEqual([{ recipient_id: 'a', text: 'Something went wrong.' }])
    served.stop()
    await served.code
    expect(served.err.join('')).toMatch(/understanding-failed model="chatty@127\.0\.0\.1:\d+" reason="it answered 404 Not Found; check address and model name"/)
    expect(served.err.join('')).not.toContain('Ann')
  })

  it('is asked by attune test', async () => {
    const { url, seen } = await server(pays)
    bankOf(`{server: "${url}", model: chatty}`)
    expect(await run(tests).code).toBe(exit.ok)
    expect(seen).toHaveLength(1)
  })

  it('spares attune start the training', async () => {
    bankOf('{server: "http://localhost:1/v1", model: chatty}')
    const asked: ServeOptions[] = []
    const started = run(startCommand({ ...serve, run: async (options) => { asked.push(options); return exit.ok } }), { project: folder, port: 7 })
    expect(await started.code).toBe(exit.ok)
    expect(asked).toMatchObject([{ project: folder, port: 7, model: '' }])
    expect(started.out.join('')).toContain('nothing is trained here: chatty at http://localhost:1/v1 understands')
  })

  it('gives way to a model that is named on the command line', async () => {
    bankOf('{server: "http://localhost:1/v1", model: chatty}')
    await expect(run(serve, { model: 'no-such-folder' }).code).rejects.toMatchObject({ name: 'NoTrainedModel' })
  })

  it.each<readonly [string, () => Run, number]>([
    ['serve', () => run(serve), exit.failed], ['test', () => run(tests), exit.usage], ['start', () => run(startCommand(serve)), exit.failed], ['validate', () => run(validate), exit.failed],
  ])('wrongly, is shown at its place by attune %s', async (_, begin, code) => {
    bankOf('\n  server: localhost\n  model: chatty')
    const { code: ended, err } = begin()
    expect(await ended).toBe(code)
    expect(err.join('')).toContain('config.yml:4:11: error: The address of a model server begins with its protocol. [bad-value]\n\n   4 |   server: localhost\n')
  })

  it('needs its key where it is asked, not where the project is checked', async () => {
    bankOf('{server: "http://localhost:1/v1", model: chatty, api_key_env: NO_SUCH_KEY}')
    const { code, err } = run(serve)
    expect(await code).toBe(exit.failed)
    expect(err.join('')).toContain('The environment variable NO_SUCH_KEY is not set. [unset-variable]')
    expect(await run(validate).code).toBe(exit.ok)
  })
})
