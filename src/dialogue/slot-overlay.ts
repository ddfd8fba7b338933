import type { SlotValue } from '../project/types.js'

type Slots = ReadonlyMap<string, SlotValue>

/** Slots with some changed: a turn changes few of many, and copying them all for each is what a turn would mostly do. */
export class SlotOverlay implements Slots {
  readonly #base: Slots
  readonly #changed = new Map<string, SlotValue>()

  constructor(base: Slots) {
    this.#base = base
  }

  set(name: string, value: SlotValue): void {
    this.#changed.set(name, value)
  }
  get(name: string): SlotValue | undefined {
    const value = this.#changed.get(name)
    return value === undefined ? this.#base.get(name) : value
  }
  has(name: string): boolean {
    return this.#changed.has(name) || this.#base.has(name)
  }
  get size(): number {
    return [...this.keys()].length
  }
  * keys(): MapIterator<string> {
    yield* this.#base.keys()
    for (const name of this.#changed.keys()) if (!this.#base.has(name)) yield name
    return undefined
  }
  * values(): MapIterator<SlotValue> {
    for (const [, value] of this.entries()) yield value
    return undefined
  }
  * entries(): MapIterator<[string, SlotValue]> {
    for (const name of this.keys()) yield [name, this.get(name) ?? null]
    return undefined
  }
  [Symbol.iterator](): MapIterator<[string, SlotValue]> {
    return this.entries()
  }
  forEach(visit: (value: SlotValue, name: string, slots: Slots) => void): void {
    for (const [name, value] of this) visit(value, name, this)
  }
}
