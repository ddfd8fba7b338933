import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotOverlay } from '../../src/dialogue/slot-overlay.js'
import type { SlotValue } from '../../src/project/types.js'

const base: ReadonlyMap<string, SlotValue> = new Map<string, SlotValue>([['name', null], ['amount', 0], ['is_fine', false], ['note', '']])
const value = fc.constantFrom<SlotValue>(null, 0, 1, false, true, '', 'Ann')
const move = fc.oneof(
  fc.record({ move: fc.constant('set' as const), name: fc.constantFrom(...base.keys()), value }),
  fc.record({ move: fc.constantFrom('copy' as const, 'layer' as const) }),
)

/** All that a reader can see. */
const seen = (slots: ReadonlyMap<string, SlotValue>): unknown => {
  const visited: unknown[] = []
  slots.forEach((each, name) => visited.push([name, each]))
  return { visited, entries: [...slots], keys: [...slots.keys()], values: [...slots.values()], size: slots.size, got: [...base.keys(), 'other'].map((name) => [slots.get(name), slots.has(name)]) }
}

describe('slots in layers', () => {
  it('read like a map that was copied at every turn, and leave those they came from alone', () => {
    fc.assert(fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
      let slots = SlotOverlay.over(base)
      let model = new Map(base)
      const earlier: (readonly [SlotOverlay, ReadonlyMap<string, SlotValue>])[] = []
      for (const each of moves) {
        if (each.move === 'set') {
          slots.set(each.name, each.value)
          model.set(each.name, each.value)
        } else {
          earlier.push([slots, model])
          slots = each.move === 'copy' ? SlotOverlay.copyOf(slots) : SlotOverlay.over(slots)
          model = new Map(model)
        }
        expect(seen(slots)).toEqual(seen(model))
      }
      for (const [kept, then] of earlier) expect(seen(kept)).toEqual(seen(then))
      const again = SlotOverlay.over(base)
      for (const [name, changed] of slots.changes()) again.set(name, changed)
      expect(seen(again)).toEqual(seen(model))
    }))
  })

  it('keep no more than what differs', () => {
    const slots = SlotOverlay.copyOf(base)
    slots.set('amount', 5)
    slots.set('name', 'Ann')
    slots.set('amount', 0)
    expect(slots.changes()).toEqual([['name', 'Ann']])
  })
})
