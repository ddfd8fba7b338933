import { describe, expect, it } from 'vitest'
import { ExchangeableModel } from '../../src/understand/exchangeable.js'
import { words } from '../assistant/bank.js'
import { gated, scripted } from '../assistant/scripted.js'
import { openServer, type TestServer } from './server.js'

/** Models by the name of their folder; what is under any other name cannot be opened. */
const found = (models: Readonly<Record<string, ReturnType<typeof scripted>>>) => (folder: string) => async () => {
  const understander = models[folder]
  if (understander === undefined) throw new Error(`there is no ${folder}`)
  return { version: folder, file: `${folder}/adapter.gguf`, open: async () => understander }
}
const served = async (models: Readonly<Record<string, ReturnType<typeof scripted>>>, first: string): Promise<TestServer> => {
  const model = new ExchangeableModel(() => undefined)
  const find = found(models)
  await model.load(find(first))
  return openServer({ model: { get loaded() { return model.loaded }, load: (folder) => model.load(find(folder)), unload: () => model.unload() } }, { understander: model })
}
const put = (server: TestServer, body: unknown) => server.call('PUT', '/model', { body })
const says = async (server: TestServer, message: string): Promise<unknown> => (await server.call('POST', '/webhooks/rest/webhook', { body: { sender: 'ann', message } })).json
const wrong = [{ text: 'Something went wrong.' }]

describe('PUT /model', () => {
  it('lets another model answer; a turn under way ends with the old one, under whose name it is kept', async () => {
    const { understander: old, open } = gated(words)
    const server = await served({ old: { ...old, understand: async (...of) => ({ ...await old.understand(...of), modelVersion: 'old' }) }, next: scripted({ 'to Bob': 'set slot payee Robert' }) }, 'old')
    const turn = says(server, 'pay somebody')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await put(server, { model_file: 'next' })).toMatchObject({ status: 204, text: '' })
    open()
    expect(await turn).toMatchObject([{ text: 'To whom?' }])
    expect(await says(server, 'to Bob')).toMatchObject([{ text: 'How much to Robert?' }])
    expect((await server.call('GET', '/status')).json).toMatchObject({ model_id: 'next', model_file: 'next/adapter.gguf' })
    const users = (await server.parts.store.read('ann')).filter(({ event }) => event === 'user')
    expect(users).toMatchObject([{ parse_data: { model_version: 'old' } }, { parse_data: { model_version: 'scripted' } }])
  })

  it.each<readonly [string, unknown, string, string]>([
    ['a folder that cannot be opened', { model_file: 'gone' }, 'ModelNotLoaded', 'there is no gone'], ['no folder', {}, 'BadRequest', '"model_file"'],
    ['an empty name', { model_file: '' }, 'BadRequest', '"model_file"'], ['a model server', { model_file: 'next', model_server: { url: 'http://x' } }, 'NotSupported', '"model_server"'],
    ['a remote storage', { model_file: 'm.tar.gz', remote_storage: 'aws' }, 'NotSupported', 'put the folder of the model below the project'],
  ])('refuses %s, and the old model goes on answering', async (_, body, reason, part) => {
    const server = await served({ old: scripted(words), next: scripted({}) }, 'old')
    expect(await put(server, body)).toMatchObject({ status: 400, json: { reason, message: expect.stringContaining(part) as string } })
    expect(await says(server, 'pay somebody')).toMatchObject([{ text: 'To whom?' }])
    expect((await server.call('GET', '/status')).json).toMatchObject({ model_id: 'old' })
  })

  it('asks to come again while the server stops', async () => {
    const server = await served({ old: scripted(words) }, 'old')
    await server.assistant.stop(10)
    expect(await put(server, { model_file: 'old' })).toMatchObject({ status: 503, json: { reason: 'Stopping' } })
  })
})

describe('DELETE /model', () => {
  it('leaves rules and buttons, and answers the rest as where the model fails, until one is loaded again', async () => {
    const server = await served({ old: scripted(words) }, 'old')
    await says(server, 'pay Ann 50')
    expect(await server.call('DELETE', '/model')).toMatchObject({ status: 204, text: '' })
    expect((await server.call('GET', '/status')).json).toMatchObject({ model_id: null, model_file: null })
    expect(await server.call('GET', '/health')).toMatchObject({ status: 503, json: { model: { ready: false, version: null }, store: { ready: true } } })
    expect(await says(server, '/SetSlots(confirmed=true)')).toMatchObject([{ text: 'Sent, R1.' }])
    expect(await says(server, 'hello')).toMatchObject([{ text: expect.stringMatching(/^(Hello|Hi|Good day)!$/) as string }])
    expect(await says(server, 'pay somebody')).toMatchObject(wrong)
    expect(server.log).toContainEqual(expect.objectContaining({ event: 'understanding-failed', error: 'NoModelLoaded', model: 'none' }))
    expect(await server.call('POST', '/model/parse', { body: { text: 'pay somebody' } })).toMatchObject({ status: 409, json: { reason: 'NoModelLoaded' } })
    expect((await server.call('DELETE', '/model')).status).toBe(204)
    expect((await put(server, { model_file: 'old' })).status).toBe(204)
    expect(await says(server, 'pay somebody')).toMatchObject([{ text: 'To whom?' }])
    expect((await server.call('GET', '/health')).status).toBe(200)
  })
})
