import { ModelDisposed, NoModelLoaded } from './errors.js'
import { createQueue } from './queue.js'
import type { Understander } from './understanding.js'

/** A model that was found: its name and where it lies at once, itself only when it is needed. */
export type FoundModel = { readonly version: string; readonly file: string; readonly open: () => Promise<Understander> }
export type LoadedModel = Pick<FoundModel, 'version' | 'file'>

/** One opened model and how many are at work with it: what serves no more is disposed once the last of them is done. */
class Seat {
  #users = 0
  #isRetired = false
  #ended: Promise<void> | null = null
  isGone = false

  constructor(readonly facts: LoadedModel, private readonly understander: Understander, private readonly failed: (error: unknown) => void) {}

  async use<T>(work: (understander: Understander) => Promise<T> | undefined): Promise<T | undefined> {
    this.#users += 1
    try {
      return await work(this.understander)
    } finally {
      this.#users -= 1
      if (this.#isRetired && this.#users === 0) this.end().catch(this.failed)
    }
  }

  retire(): void {
    this.#isRetired = true
    if (this.#users === 0) this.end().catch(this.failed)
  }

  end(): Promise<void> {
    return (this.#ended ??= this.understander.dispose().finally(() => { this.isGone = true }))
  }
}

/**
 * An understander whose model may be exchanged or taken away while turns run: each ends with the model that it began with. Without a model
 * it throws NoModelLoaded. Changes are made one after the other, in the order they were asked for; `failed` hears what a model that
 * serves no more threw as it was disposed.
 */
export class ExchangeableModel implements Understander {
  #current: Seat | null = null
  #retired: Seat[] = []
  #isDisposed = false
  readonly #changes = createQueue()

  constructor(private readonly failed: (error: unknown) => void) {}

  get loaded(): LoadedModel | null {
    return this.#current?.facts ?? null
  }

  /** 'none' where none is loaded. */
  get modelVersion(): string {
    return this.loaded?.version ?? 'none'
  }

  /** Finds and opens a model, and lets it serve from then on. Throws what that throws, and ModelDisposed: then the old one goes on serving. */
  load(find: () => Promise<FoundModel>): Promise<void> {
    return this.#changes.run(async () => {
      if (this.#isDisposed) throw new ModelDisposed()
      const { version, file, open } = await find()
      this.#seat(new Seat({ version, file }, await open(), this.failed))
    })
  }

  unload(): Promise<void> {
    return this.#changes.run(async () => this.#seat(null))
  }

  understand: Understander['understand'] = async (...given) => {
    const understanding = await this.#current?.use((model) => model.understand(...given))
    if (understanding === undefined) throw new NoModelLoaded()
    return understanding
  }

  readAhead: NonNullable<Understander['readAhead']> = async (...given) => this.#current?.use((model) => model.readAhead?.(...given))

  /** Waits for a model that is being opened, but not for turns: whoever closes the assistant has ended them. */
  dispose(): Promise<void> {
    return this.#changes.run(async () => {
      this.#isDisposed = true
      const seats = [...this.#retired.filter((seat) => !seat.isGone), ...(this.#current === null ? [] : [this.#current])]
      this.#current = null
      await Promise.all(seats.map((seat) => seat.end()))
    })
  }

  #seat(next: Seat | null): void {
    const old = this.#current
    this.#current = next
    if (old === null) return
    old.retire()
    this.#retired = [...this.#retired, old].filter((seat) => !seat.isGone)
  }
}
