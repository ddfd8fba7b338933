import { afterEach, describe, expect, it } from 'vitest'
import { readCommands } from '../../src/dialogue/command-text.js'
import { ModelServerFailed } from '../../src/understand/errors.js'
import { openOpenAi, type GivenOpenAiOptions } from '../../src/understand/openai.js'
import { understanderOf } from '../../src/understand/understand.js'
import { bank } from '../dialogue/bank.js'
import { Conversation, projectOf } from '../dialogue/conversation.js'
import { completes, fakeServer, hangUp, raw, says, silence, status, type Reply } from './fake-server.js'

const project = projectOf(bank)
const servers: { close: () => Promise<void> }[] = []
afterEach(async () => { for (const server of servers.splice(0)) await server.close() })

const asking = async (replies: readonly Reply[], given: Partial<GivenOpenAiOptions> = {}) => {
  const server = await fakeServer(...replies)
  servers.push(server)
  const understander = understanderOf(openOpenAi({ server: server.url, model: 'some-model', pauseMilliseconds: 1, ...given }))
  const conversation = new Conversation(project)
  conversation.turn('start flow transfer')
  return { server, ask: (message: string, signal?: AbortSignal) => understander.understand(project, conversation.tracker, message, signal) }
}
const rejection = async (work: Promise<unknown>): Promise<ModelServerFailed> => {
  const error = await work.then(() => null, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(ModelServerFailed)
  return error as ModelServerFailed
}

describe('a server with the API of OpenAI', () => {
  it('is told flows, slots, state, conversation and the message, and its lines become commands', async () => {
    const { server, ask } = await asking([says('set slot recipient Ann\nset slot amount 50')], { apiKey: 'secret' })
    expect((await ask('50 to Ann')).commands).toEqual([{ command: 'set slot', name: 'recipient', value: 'Ann' }, { command: 'set slot', name: 'amount', value: 50 }])
    const [request] = server.seen
    expect(request).toMatchObject({ path: '/v1/chat/completions', headers: { authorization: 'Bearer secret' }, body: { model: 'some-model', temperature: 0 } })
    const [system, user] = request?.body['messages'] as { content: string }[]
    expect(system?.content).toContain('- block: block a card\n  slot card (one of: debit, credit)')
    expect(user?.content).toContain('Current flow: transfer')
    expect(user?.content).toContain('asked for the slot recipient')
    expect(user?.content).toContain('"50 to Ann"')
  })
  it('is sent the short prompt where it serves the tuned model', async () => {
    const { server, ask } = await asking([completes('cancel flow')], { layout: 'tuned' })
    expect((await ask('stop')).commands).toEqual([{ command: 'cancel flow' }])
    expect(server.seen[0]?.path).toBe('/v1/completions')
    expect(server.seen[0]?.body['prompt']).toMatch(/^<\|im_start\|>user\nflow transfer\n[^]*user: stop<\|im_end\|>\n<\|im_start\|>assistant\n$/)
  })

  const cut: readonly (readonly [why: string, answer: string, message: string, kept: string])[] = [
    ['flows that do not exist', 'start flow rob_bank\nset slot amount 50', 'rob a bank, 50', 'set slot amount 50'],
    ['flows that may not start', 'start flow address\ncancel flow', 'stop', 'cancel flow'],
    ['values nobody said', 'set slot amount 5000\nset slot recipient Eve', 'fifty to Ann', 'cannot handle'],
    ['slots out of reach', 'set slot card debit', 'debit', 'cannot handle'],
    ['repetitions', 'set slot amount 50\nset slot amount 60\ncancel flow\ncancel flow', '50 or 60', 'set slot amount 50\ncancel flow'],
    ['prose around the commands', 'Sure! Here you go:\n- `cancel flow`\nAnything else?', 'stop', 'cancel flow'],
    ['everything, where nothing is legal', 'I am sorry, I cannot do that.', 'stop', 'cannot handle'],
    ['not a text that is also the word for nothing', 'set slot recipient None', 'to None', 'set slot recipient "None"'],
    ['a word for nothing that nobody said', 'set slot recipient None', 'to Ann', 'cannot handle'],
    ['nothing of another spelling of a value', 'set slot amount 1,250.50\nset slot recipient ann', '1250.5 for Ann', 'set slot amount 1250.5\nset slot recipient Ann'],
  ]
  it.each(cut)('loses %s', async (_, answer, message, kept) => {
    const { ask } = await asking([says(answer)])
    const { commands } = await ask(message)
    expect(commands.map((command) => (command.command === 'set slot' ? { ...command, value: String(command.value as string | number) } : command))).toEqual(readCommands(kept))
  })

  it.each([['a failure of the server', status(503)], ['being busy', status(429, { 'retry-after': '0' })], ['a dropped connection', hangUp]])('is asked again after %s', async (_, reply) => {
    const { server, ask } = await asking([reply, reply, says('cancel flow')])
    expect((await ask('stop')).commands).toEqual([{ command: 'cancel flow' }])
    expect(server.seen).toHaveLength(3)
  })
  it('is asked no more often than allowed, and the error says what happened and how often', async () => {
    const { server, ask } = await asking([status(500)], { retries: 1 })
    expect(await rejection(ask('stop'))).toMatchObject({ attempts: 2, reason: expect.stringContaining('500') as string })
    expect(server.seen).toHaveLength(2)
  })
  it.each([['a refused key', status(401), 'API key'], ['an unknown model', status(404), 'model name'], ['no JSON', raw('<html>'), 'choices'], ['JSON of another kind', raw('{"choices":[]}'), 'choices'], ['null', raw('null'), 'choices']])('fails at once on %s', async (_, reply, advice) => {
    const { server, ask } = await asking([reply])
    const error = await rejection(ask('my secret is 1234'))
    expect(error.message).toContain(advice)
    expect(error.message).not.toContain('1234')
    expect(server.seen).toHaveLength(1)
  })
  it('fails on an answer without end', async () => {
    const { ask } = await asking([raw('x'.repeat(3 << 20))], { retries: 0 })
    expect((await rejection(ask('stop'))).message).toContain('longer than')
  })
  it('is given up when it stays silent', async () => {
    const { ask } = await asking([silence], { attemptMilliseconds: 50, retries: 1 })
    expect((await rejection(ask('stop'))).message).toContain('no answer within 50 ms')
  })
  it('is given up at once when the caller gives up', async () => {
    const { server, ask } = await asking([silence])
    const controller = new AbortController()
    const answer = ask('stop', controller.signal)
    while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort(new Error('turn over'))
    await expect(answer).rejects.toThrow('turn over')
  })
  it('is refused with an address that is none', () => {
    expect(() => openOpenAi({ server: 'localhost:8000', model: 'm' })).toThrow(ModelServerFailed)
  })
})
