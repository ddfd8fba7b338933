import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Stored, TrackerEvent } from '../../src/dialogue/events.js'
import { AlreadyAnswered, ConversationMoved, StoreUnavailable, WrongNumbering } from '../../src/store/errors.js'
import type { TrackerStore } from '../../src/store/tracker-store.js'

/** Slot events numbered from `first`, one per value. */
export const events = (first: number, ...values: readonly string[]): readonly Stored<TrackerEvent>[] =>
  values.map((value, index) => ({ event: 'slot', name: 'note', value, sequence: first + index, timestamp: 1_700_000_000.25 + index }))

export const valuesOf = (stored: readonly Stored<TrackerEvent>[]): readonly unknown[] =>
  stored.map((event) => (event.event === 'slot' ? event.value : event.event))

/** Behaviour every store has; `open` gives an empty one. */
export const trackerStoreContract = (name: string, open: () => Promise<TrackerStore>): void => {
  describe(`${name} as a tracker store`, () => {
    let store: TrackerStore
    beforeEach(async () => { store = await open() })
    afterEach(() => store.close())

    it('gives back the events of a conversation as they were appended, and those after a sequence', async () => {
      const spoken: Stored<TrackerEvent>[] = [
        { event: 'user', text: 'a "quoted" \u0000 word \ud83d\ude00', parse_data: { commands: [{ command: 'cancel flow' }], probability: 0.25 }, message_id: 'm', sequence: 1, timestamp: 1.5 },
        { event: 'slot', name: 'amount', value: { nested: [1, null, 'x', { deep: false }] }, sequence: 2, timestamp: 1763.123456 },
        { event: 'session_started', sequence: 3, timestamp: 1763.2 },
      ]
      await store.append('c', 0, spoken)
      expect(await store.read('c')).toEqual(spoken)
      expect(await store.read('c', 1)).toEqual(spoken.slice(1))
      expect(await store.read('c', 3)).toEqual([])
    })

    it('knows nothing of a conversation nobody began', async () => {
      expect(await store.read('nobody')).toEqual([])
      expect(await store.receipt('nobody', 'k')).toBeNull()
      expect(await store.snapshot('nobody')).toBeNull()
      expect(await store.conversations(10, 0)).toEqual([])
      expect(await store.forget('nobody')).toBe(false)
    })

    it('lets one of two writers that saw the same history win, and keeps nothing of the other', async () => {
      const writes = await Promise.allSettled([store.append('c', 0, events(1, 'a')), store.append('c', 0, events(1, 'b', 'b'))])
      const refused = writes.find((write) => write.status === 'rejected')?.reason as unknown
      expect(refused).toBeInstanceOf(ConversationMoved)
      expect(refused).toMatchObject({ name: 'ConversationMoved', conversation: 'c', expected: 0, found: 1 })
      expect(valuesOf(await store.read('c'))).toEqual(['a'])
    })

    it('finds conversations by what is due in them and by their user, as of the newest append', async () => {
      await store.append('late', 0, events(1, 'a'), undefined, { due: 50, user: 'ann' })
      await store.append('later', 0, events(1, 'a'), undefined, { due: 60.5, user: 'ann' })
      await store.append('never', 0, events(1, 'a'), undefined, { due: null, user: null })
      await store.append('moved', 0, events(1, 'a'), undefined, { due: 10, user: 'bob' })
      await store.append('moved', 1, events(2, 'b'), undefined, { due: 100, user: 'b\u0000b' })
      await store.append('first', 0, events(1, 'a'), undefined, { due: 20, user: 'ann' })
      expect(await store.due(60, 10)).toEqual(['first', 'late'])
      expect(await store.due(60.5, 2)).toEqual(['first', 'late'])
      expect(await store.due(1_000, 10)).toEqual(['first', 'late', 'later', 'moved'])
      expect(await store.conversationsOf('ann', 2, 0)).toEqual(['first', 'later'])
      expect(await store.conversationsOf('ann', 2, 2)).toEqual(['late'])
      expect(await store.conversationsOf('b\u0000b', 10, 0)).toEqual(['moved'])
      await store.replace('late', 1, events(1, 'x'), { due: null, user: 'bob' })
      await store.forget('first')
      expect(await store.due(60, 10)).toEqual([])
      expect(await store.conversationsOf('bob', 10, 0)).toEqual(['late'])
    })

    it('refuses to append behind the end of a history', async () => {
      await expect(store.append('c', 4, events(5, 'a'))).rejects.toMatchObject({ name: 'ConversationMoved', expected: 4, found: 0 })
      expect(await store.read('c')).toEqual([])
    })

    it('refuses events that are numbered with a gap', async () => {
      await expect(store.append('c', 0, [...events(1, 'a'), ...events(3, 'b')])).rejects.toBeInstanceOf(WrongNumbering)
      expect(await store.read('c')).toEqual([])
    })

    it('keeps the answer of a turn under its key, per conversation', async () => {
      await store.append('c', 0, events(1, 'a'), { key: 'k', answer: '[{"text":"hi \u2028 \u0000"}]' })
      await store.append('d', 0, events(1, 'a'), { key: 'k', answer: '"other"' })
      expect(await store.receipt('c', 'k')).toEqual({ key: 'k', answer: '[{"text":"hi \u2028 \u0000"}]' })
      expect(await store.receipt('d', 'k')).toEqual({ key: 'k', answer: '"other"' })
      expect(await store.receipt('c', 'other')).toBeNull()
    })

    it('does not store a turn twice under one key, whatever history the repeat saw', async () => {
      await store.append('c', 0, events(1, 'a'), { key: 'k', answer: '1' })
      for (const expected of [0, 1]) {
        await expect(store.append('c', expected, events(expected + 1, 'again'), { key: 'k', answer: '2' })).rejects.toBeInstanceOf(AlreadyAnswered)
      }
      expect(valuesOf(await store.read('c'))).toEqual(['a'])
      expect((await store.receipt('c', 'k'))?.answer).toBe('1')
    })

    it('keeps the newest snapshot, and refuses one of events that do not exist', async () => {
      await expect(store.keepSnapshot('c', { sequence: 1, format: '1', state: '{}' })).rejects.toBeInstanceOf(WrongNumbering)
      await store.append('c', 0, events(1, 'a', 'b', 'c'))
      await store.keepSnapshot('c', { sequence: 2, format: '1', state: '"two"' })
      await store.keepSnapshot('c', { sequence: 1, format: '1', state: '"late"' })
      expect(await store.snapshot('c')).toEqual({ sequence: 2, format: '1', state: '"two"' })
      await expect(store.keepSnapshot('c', { sequence: 4, format: '1', state: '{}' })).rejects.toBeInstanceOf(WrongNumbering)
      await store.keepSnapshot('c', { sequence: 3, format: '2', state: '"three"' })
      expect(await store.snapshot('c')).toEqual({ sequence: 3, format: '2', state: '"three"' })
    })

    it('puts another history in the place of one, whole or not at all, and keeps what was answered', async () => {
      await store.append('c', 0, events(1, 'a', 'b'), { key: 'k', answer: '1' })
      await store.append('d', 0, events(1, 'x'))
      await store.keepSnapshot('c', { sequence: 2, format: '1', state: '{}' })
      await expect(store.replace('c', 1, events(1, 'z'))).rejects.toMatchObject({ name: 'ConversationMoved', expected: 1, found: 2 })
      await expect(store.replace('c', 2, events(2, 'z'))).rejects.toBeInstanceOf(WrongNumbering)
      expect(valuesOf(await store.read('c'))).toEqual(['a', 'b'])
      await store.replace('c', 2, events(1, 'z', 'y', 'w'))
      expect([valuesOf(await store.read('c')), await store.snapshot('c'), (await store.receipt('c', 'k'))?.answer]).toEqual([['z', 'y', 'w'], null, '1'])
      await store.append('c', 3, events(4, 'v'))
      await store.replace('new', 0, events(1, 'n'))
      expect([valuesOf(await store.read('c', 2)), valuesOf(await store.read('new')), valuesOf(await store.read('d'))]).toEqual([['w', 'v'], ['n'], ['x']])
      expect(await store.conversations(10, 0)).toEqual(['new', 'c', 'd'])
    })

    it('lists conversations, the one that spoke last first', async () => {
      for (const id of ['a', 'b', 'c']) await store.append(id, 0, events(1, 'x'))
      await store.append('a', 1, events(2, 'y'))
      expect(await store.conversations(10, 0)).toEqual(['a', 'c', 'b'])
      expect(await store.conversations(1, 1)).toEqual(['c'])
      expect(await store.conversations(5, 3)).toEqual([])
    })

    it('forgets a conversation whole, and only that one', async () => {
      for (const id of ['a', 'b']) await store.append(id, 0, events(1, 'x'), { key: 'k', answer: '1' })
      await store.keepSnapshot('a', { sequence: 1, format: '1', state: '{}' })
      expect(await store.forget('a')).toBe(true)
      expect([await store.read('a'), await store.receipt('a', 'k'), await store.snapshot('a')]).toEqual([[], null, null])
      expect(await store.conversations(10, 0)).toEqual(['b'])
      await store.append('a', 0, events(1, 'new'))
      expect(valuesOf(await store.read('a'))).toEqual(['new'])
      expect(valuesOf(await store.read('b'))).toEqual(['x'])
    })

    it('cannot be changed through an event somebody still holds', async () => {
      const mutable = { event: 'slot' as const, name: 'n', value: ['before'], sequence: 1, timestamp: 1 }
      await store.append('c', 0, [mutable])
      mutable.value[0] = 'after'
      expect(valuesOf(await store.read('c'))).toEqual([['before']])
    })

    it('refuses everything once it is closed', async () => {
      await store.append('c', 0, events(1, 'a'))
      await store.close()
      await expect(store.read('c')).rejects.toBeInstanceOf(StoreUnavailable)
      await expect(store.append('c', 1, events(2, 'b'))).rejects.toMatchObject({ reason: 'closed' })
    })

    it('keeps any two ids apart, also hostile ones', async () => {
      const hostile = ['*', '?', '[a-z]', ':', '\n', 'a', 'a\u0000', 'a\u0000b', '\ud800', '\udc00', '\ufffd', '"a"', '"a\\u0000"', '__proto__', 'constructor', '', ' ', 'A', 'x'.repeat(10_000)]
      for (const id of hostile) await store.append(id, 0, events(1, `value of ${id}`), { key: id, answer: id })
      for (const id of hostile) {
        expect(valuesOf(await store.read(id))).toEqual([`value of ${id}`])
        expect(await store.receipt(id, id)).toEqual({ key: id, answer: id })
      }
      expect(new Set(await store.conversations(100, 0))).toEqual(new Set(hostile))
    })

    it('equals a list per conversation, whatever two writers do', async () => {
      const id = fc.constantFrom('a', 'b', 'c\u0000')
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), id, lag: fc.nat(2), values: fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }), key: fc.option(fc.constantFrom('k1', 'k2', 'k3')) }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), id, after: fc.nat(6) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), id }) },
      )
      await fc.assert(fc.asyncProperty(fc.array(fc.tuple(step, step), { maxLength: 25 }), async (rounds) => {
        const fresh = await open()
        const model = new Map<string, { values: string[]; receipts: Map<string, string> }>()
        const of = (name: string) => model.get(name) ?? { values: [], receipts: new Map<string, string>() }
        try {
          // Both writers of a round begin together: the store may group them, but must decide as if the first came first.
          for (const round of rounds) {
            await Promise.all(round.filter((each) => each.do === 'append').map(async (each) => {
              const found = of(each.id)
              const expected = Math.max(0, found.values.length - each.lag)
              const isKnown = each.key !== null && found.receipts.has(each.key)
              const isMoved = expected !== found.values.length
              if (!isKnown && !isMoved && (each.values.length > 0 || each.key !== null)) {
                model.set(each.id, { values: [...found.values, ...each.values], receipts: new Map(each.key === null ? found.receipts : [...found.receipts, [each.key, each.values.join()]]) })
              }
              const done = fresh.append(each.id, expected, events(expected + 1, ...each.values), each.key === null ? undefined : { key: each.key, answer: each.values.join() })
              if (isKnown) await expect(done).rejects.toBeInstanceOf(AlreadyAnswered)
              else if (isMoved) await expect(done).rejects.toBeInstanceOf(ConversationMoved)
              else await done
            }))
            for (const each of round) {
              if (each.do === 'read') expect(valuesOf(await fresh.read(each.id, each.after))).toEqual(of(each.id).values.slice(each.after))
              if (each.do === 'forget') expect(await fresh.forget(each.id)).toBe(model.delete(each.id))
            }
          }
          for (const [name, { values, receipts }] of model) {
            expect(valuesOf(await fresh.read(name))).toEqual(values)
            for (const [key, answer] of receipts) expect(await fresh.receipt(name, key)).toEqual({ key, answer })
          }
        } finally {
          await fresh.close()
        }
      }), { numRuns: 100 })
    })
  })
}
