import { describe, expect, it } from 'vitest'
import { readSnapshot, snapshotOf } from '../../src/assistant/snapshot.js'
import { emptyTracker, fold } from '../../src/dialogue/tracker.js'
import { openMemoryStore } from '../../src/store/memory.js'
import type { TrackerStore } from '../../src/store/tracker-store.js'
import { bankProject, bankProjectWith, openBank, say } from './bank.js'

const script = ['hello', 'pay somebody', 'what are the fees', 'to Bob', '20', 'yes', 'pay Ann 50', 'never mind', 'gibberish', '', 'pay Ann 50', 'no']

describe('a snapshot', () => {
  it('is the tracker, wherever in a conversation it was taken', async () => {
    const { assistant, parts } = await openBank()
    for (const text of script) await say(assistant, text)
    let tracker = emptyTracker(bankProject)
    for (const event of await parts.store.read('c')) {
      tracker = fold(tracker, event)
      expect(readSnapshot(bankProject, snapshotOf(bankProject, tracker))).toEqual(tracker)
    }
    expect(tracker.sequence).toBeGreaterThan(80)
  })

  it('of a slot that looks like a map of ours stays a slot', () => {
    const tracker = { ...emptyTracker(bankProject), slots: new Map([['payee', { maps: { slots: [['a', 1]] } }]]) }
    expect(readSnapshot(bankProject, snapshotOf(bankProject, tracker))).toEqual(tracker)
  })

  it('of another project or another fold is not trusted', () => {
    const snapshot = snapshotOf(bankProject, emptyTracker(bankProject))
    expect(readSnapshot(bankProjectWith({ 'config.yml': 'language: de\nassistant_id: tiny\n' }), snapshot)).toBeNull()
    expect(readSnapshot(bankProject, { ...snapshot, format: snapshot.format.replace(/^\d+/, '0') })).toBeNull()
  })

  it('is kept every few hundred events, so that a long conversation is loaded from its end', async () => {
    const store = openMemoryStore()
    const { assistant } = await openBank({ store })
    for (let turn = 0; turn < 120; turn += 1) await say(assistant, script[turn % script.length] ?? '')
    const length = (await store.read('c')).length
    expect(length).toBeGreaterThan(700)
    const reads: number[] = []
    const counting: TrackerStore = { ...store, read: (conversation, after) => { reads.push(after ?? 0); return store.read(conversation, after) } }
    const { assistant: restarted } = await openBank({ store: counting })
    expect(await restarted.tracker('c')).toEqual(await assistant.tracker('c'))
    expect(reads).toHaveLength(1)
    expect(length - (reads[0] ?? 0)).toBeLessThan(300)
  })
})
