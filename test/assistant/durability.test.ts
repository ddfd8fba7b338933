import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Assistant } from '../../src/assistant/assistant.js'
import { emptyTracker, foldAll } from '../../src/dialogue/tracker.js'
import { StoreUnavailable } from '../../src/store/errors.js'
import { openMemoryStore } from '../../src/store/memory.js'
import type { TrackerStore } from '../../src/store/tracker-store.js'
import { bankProject, openBank, say, words } from './bank.js'
import { gated } from './scripted.js'

/** A store that loses the connection at the appends with these numbers, before or after the work was done. */
const lossy = (store: TrackerStore, lost: Readonly<Record<number, 'before' | 'after'>>): TrackerStore => {
  let appends = 0
  return {
    ...store,
    append: async (...of) => {
      const fate = lost[++appends]
      if (fate === 'before') throw new StoreUnavailable('lossy', 'io-error')
      await store.append(...of)
      if (fate === 'after') throw new StoreUnavailable('lossy', 'io-error')
    },
  }
}
const userTexts = async (store: TrackerStore, conversation = 'c'): Promise<readonly string[]> =>
  (await store.read(conversation)).flatMap((event) => (event.event === 'user' ? [event.text] : []))

describe('a message sent again with its key', () => {
  it('gets the same answer, and nothing happens twice', async () => {
    const { assistant, parts, payments } = await openBank()
    await say(assistant, 'pay Ann 50')
    const first = await assistant.handle({ conversation: 'c', text: 'yes', channel: 'rest', messageKey: 'k' })
    const length = (await parts.store.read('c')).length
    const again = await assistant.handle({ conversation: 'c', text: 'yes', channel: 'rest', messageKey: 'k' })
    expect(again).toMatchObject({ isRepeated: true, events: [], messages: first.messages })
    expect(await parts.store.read('c')).toHaveLength(length)
    expect(payments).toHaveLength(1)
    const { assistant: restarted } = await openBank({ store: parts.store })
    expect(await say(restarted, 'yes', { messageKey: 'k' })).toEqual(['Sent, R1.'])
  })

  it('while the first is still running, waits for its answer', async () => {
    const { understander, open } = gated(words)
    const { assistant, parts } = await openBank({ understander })
    const both = Promise.all([1, 2].map(() => assistant.handle({ conversation: 'c', text: 'pay somebody', channel: 'rest', messageKey: 'k' })))
    open()
    expect((await both).map(({ isRepeated }) => isRepeated)).toEqual([false, true])
    expect(await userTexts(parts.store)).toEqual(['pay somebody'])
  })

  it('but with other words is refused', async () => {
    const { assistant } = await openBank()
    await say(assistant, 'pay Ann 50', { messageKey: 'k' })
    await expect(say(assistant, 'pay Bob 900', { messageKey: 'k' })).rejects.toMatchObject({ name: 'MessageKeyReused' })
    expect(await say(assistant, 'hello', { messageKey: 'k', conversation: 'another' })).toHaveLength(1)
  })
})

describe('a turn whose storing fails', () => {
  it.each(['before', 'after'] as const)('%s it is durable is repaired by sending it again, with one key for its action', async (when) => {
    const store = openMemoryStore()
    const { assistant, payments } = await openBank({ store: lossy(store, { 2: when }) })
    await say(assistant, 'pay Ann 50')
    await expect(say(assistant, 'yes', { messageKey: 'k' })).rejects.toMatchObject({ name: 'StoreUnavailable' })
    await say(assistant, 'yes', { messageKey: 'k' })
    expect(new Set(payments.map(({ key }) => key)).size).toBe(1)
    expect(payments).toHaveLength(when === 'before' ? 2 : 1)
    expect(await userTexts(store)).toEqual(['pay Ann 50', 'yes'])
    expect(foldAll(emptyTracker(bankProject), await store.read('c'))).toEqual(await assistant.tracker('c'))
  })

  it('uses another key for another message, and for the next pass of a step', async () => {
    const { assistant, payments } = await openBank()
    for (const text of ['pay Ann 50', 'yes', 'pay Ann 50', 'yes']) await say(assistant, text)
    expect(new Set(payments.map(({ key }) => key)).size).toBe(2)
  })
})

describe('two processes on one store', () => {
  it('keep one order of events, answer every message once, and give actions one key per message', async () => {
    const store = openMemoryStore()
    const [one, two] = [await openBank({ store, limits: { attempts: 50 } }), await openBank({ store, limits: { attempts: 50 } })]
    const texts = ['pay Ann 50', 'yes', 'hello', 'pay somebody', 'to Bob', '20', 'no', 'never mind']
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? one : two).assistant.handle({ conversation: 'c', text: texts[index % texts.length] ?? '', channel: 'rest', messageKey: `k${index}` })))
    expect(answers.every(({ isRepeated }) => !isRepeated)).toBe(true)
    const events = await store.read('c')
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    const keys = events.flatMap((event) => (event.event === 'user' ? [event.message_id] : []))
    expect([...keys].sort()).toEqual(Array.from({ length: 40 }, (_, index) => `k${index}`).sort())
    const state = foldAll(emptyTracker(bankProject), events)
    const { assistant: third } = await openBank({ store })
    expect(await third.tracker('c')).toEqual(state)
  })

  it('say so when one is never fast enough', async () => {
    const store = openMemoryStore()
    const { assistant } = await openBank({ store: { ...store, append: async (conversation, expected, events, receipt) => {
      await store.append(conversation, (await store.read(conversation)).length, [{ event: 'reset_slots', sequence: (await store.read(conversation)).length + 1, timestamp: 1 }])
      return store.append(conversation, expected, events, receipt)
    } } })
    await expect(say(assistant, 'hello')).rejects.toMatchObject({ name: 'ConversationContended', attempts: 5 })
    expect(await userTexts(store)).toEqual([])
  })
})

describe('messages of one conversation', () => {
  it('are answered in the order they came, without waiting for other conversations', async () => {
    const { understander, open } = gated(words)
    const { assistant, parts } = await openBank({ understander })
    const order: string[] = []
    const send = (text: string, conversation: string): Promise<void> => say(assistant, text, { conversation }).then(() => void order.push(text))
    const all = [send('pay somebody', 'a'), send('to Bob', 'a'), send('20', 'a'), send('hello', 'b')]
    await all[3]
    expect(order).toEqual(['hello'])
    open()
    await Promise.all(all)
    expect(order).toEqual(['hello', 'pay somebody', 'to Bob', '20'])
    expect(await userTexts(parts.store, 'a')).toEqual(['pay somebody', 'to Bob', '20'])
  })

  it('are refused when too many wait', async () => {
    const { understander, open } = gated(words)
    const { assistant } = await openBank({ understander, limits: { waiting: 3 } })
    const sent = Array.from({ length: 6 }, () => say(assistant, 'pay somebody'))
    const results = Promise.allSettled(sent)
    open()
    expect((await results).map((result) => (result.status === 'rejected' ? (result.reason as Error).name : 'answered')))
      .toEqual(['answered', 'answered', 'answered', 'answered', 'ConversationBusy', 'ConversationBusy'])
    expect(assistant.runningConversations).toBe(0)
  })
})

describe('stopping', () => {
  it('finishes what runs and begins nothing new', async () => {
    const { understander, open } = gated(words)
    const { assistant, parts } = await openBank({ understander })
    const running = say(assistant, 'pay somebody')
    const stopped = assistant.stop(5_000)
    await expect(say(assistant, 'hello', { conversation: 'b' })).rejects.toMatchObject({ name: 'AssistantStopping' })
    open()
    expect(await running).toEqual(['To whom?'])
    await stopped
    expect(await userTexts(parts.store)).toEqual(['pay somebody'])
  })

  it('leaves out a turn that does not end in time, so that it can be sent again', async () => {
    const { understander } = gated(words)
    const { assistant, parts } = await openBank({ understander })
    const running = say(assistant, 'pay somebody', { messageKey: 'k' })
    const refused = expect(running).rejects.toMatchObject({ name: 'AssistantStopping' })
    await assistant.stop(20)
    await refused
    expect(await parts.store.read('c')).toEqual([])
    const { assistant: restarted } = await openBank({ store: parts.store })
    expect(await say(restarted, 'pay somebody', { messageKey: 'k' })).toEqual(['To whom?'])
  })
})

describe('any conversation', () => {
  it('is the fold of its stored events, through restarts, repeats and lost connections', async () => {
    const texts = fc.constantFrom(...Object.keys(words), 'hello', 'gibberish', '', '/restart', '/SetSlots(confirmed=true)', '/SetSlots(amount=3, payee=Eve)')
    const step = fc.record({ text: texts, conversation: fc.constantFrom('a', 'b'), repeat: fc.nat(2), restart: fc.boolean() })
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.dictionary(fc.integer({ min: 1, max: 40 }).map(String), fc.constantFrom('before' as const, 'after' as const), { maxKeys: 8 }), async (steps, lost) => {
      const store = openMemoryStore()
      const bank = await openBank({ store: lossy(store, lost) })
      let { assistant } = bank
      const acknowledged: string[] = []
      for (const [index, { text, conversation, repeat, restart }] of steps.entries()) {
        if (restart) assistant = new Assistant(bank.parts)
        for (let time = 0; time <= repeat; time += 1) {
          try {
            await say(assistant, text, { conversation, messageKey: `k${index}` })
            if (!acknowledged.includes(`k${index}`)) acknowledged.push(`k${index}`)
          } catch (error) {
            expect(error).toBeInstanceOf(StoreUnavailable)
          }
        }
      }
      const stored: string[] = []
      for (const conversation of ['a', 'b']) {
        const events = await store.read(conversation)
        expect(foldAll(emptyTracker(bankProject), events)).toEqual(await assistant.tracker(conversation))
        stored.push(...events.flatMap((event) => (event.event === 'user' ? [event.message_id ?? ''] : [])))
      }
      expect(new Set(stored).size).toBe(stored.length)
      expect(stored).toEqual(expect.arrayContaining(acknowledged))
      // Each payment is one message that was tried: never more keys than messages.
      expect(new Set(bank.payments.map(({ key }) => key)).size).toBeLessThanOrEqual(steps.length)
    }), { numRuns: 100 })
  })
})
