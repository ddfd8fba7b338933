import type { SlotValue } from '../project/types.js'

type Slots = ReadonlyMap<string, SlotValue>

/** Slots with some changed: a conversation changes few of many, and copying them all is what a turn of a large project would mostly do. */
export class SlotOverlay implements Slots {
  readonly #base: Slots
  readonly #changed: Map<string, SlotValue>

  private constructor(base: Slots, changed: Map<string, SlotValue>) {
    this.#base = base
    this.#changed = changed
  }

  /** A layer to write on, for as long as what lies below stays as it is. */
  static over(slots: Slots): SlotOverlay {
    return new SlotOverlay(slots, new Map())
  }
  /** The same slots to write on: layers do not pile up. */
  static copyOf(slots: Slots): SlotOverlay {
    return slots instanceof SlotOverlay ? new SlotOverlay(slots.#base, new Map(slots.#changed)) : SlotOverlay.over(slots)
  }

  /** What differs from the slots that lie at the bottom. */
  changes(): readonly (readonly [string, SlotValue])[] {
    return [...this.#base instanceof SlotOverlay ? this.#base.changes() : [], ...this.#changed]
  }

  set(name: string, value: SlotValue): void {
    if (this.#base.get(name) === value) this.#changed.delete(name)
    else this.#changed.set(name, value)
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
  /** Written like the map that it stands for. */
  toJSON(): Slots {
    return new Map(this)
  }
}
