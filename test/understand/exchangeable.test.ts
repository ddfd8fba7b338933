import { describe, expect, it } from 'vitest'
import { emptyTracker } from '../../src/dialogue/tracker.js'
import { ExchangeableModel, type FoundModel } from '../../src/understand/exchangeable.js'
import type { Understander } from '../../src/understand/understanding.js'
import { bankProject } from '../assistant/bank.js'
import { scripted } from '../assistant/scripted.js'

type Shown = { readonly found: FoundModel; readonly disposals: () => number; readonly open: () => void; readonly asked: Promise<void>; readonly readsAhead: string[] }
/** A model that answers no sooner than it is let. */
const model = (version: string, changes: Partial<Understander> = {}): Shown => {
  let [disposals, open, wasAsked]: [number, () => void, () => void] = [0, () => undefined, () => undefined]
  const gate = new Promise<void>((resolve) => { open = resolve })
  const asked = new Promise<void>((resolve) => { wasAsked = resolve })
  const readsAhead: string[] = []
  const understander: Understander = {
    modelVersion: version,
    understand: async (...given) => {
      wasAsked()
      await gate
      return { ...await scripted({}).understand(...given), modelVersion: version }
    },
    readAhead: async () => void readsAhead.push(version),
    dispose: async () => { disposals += 1 },
    ...changes,
  }
  return { found: { version, file: `models/${version}`, open: async () => understander }, disposals: () => disposals, open, asked, readsAhead }
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
const seat = (): { readonly served: ExchangeableModel; readonly failures: unknown[] } => {
  const failures: unknown[] = []
  return { served: new ExchangeableModel((error) => failures.push(error)), failures }
}
const tracker = emptyTracker(bankProject)
const ask = async (served: ExchangeableModel): Promise<string> => (await served.understand(bankProject, tracker, 'hello')).modelVersion

describe('a model that is exchanged', () => {
  it('answers the turns that began with it, all of them, and is disposed once after the last', async () => {
    const [{ served, failures }, old, next] = [seat(), model('old'), model('next')]
    await served.load(async () => old.found)
    const turns = [ask(served), ask(served)]
    await old.asked
    await served.load(async () => next.found)
    next.open()
    expect(served.loaded).toEqual({ version: 'next', file: 'models/next' })
    expect(await ask(served)).toBe('next')
    expect(old.disposals()).toBe(0)
    old.open()
    expect(await Promise.all(turns)).toEqual(['old', 'old'])
    await settled()
    await served.dispose()
    await served.dispose()
    expect([old.disposals(), next.disposals(), failures]).toEqual([1, 1, []])
  })

  it('is the one asked for last, however long the first takes to open; the first is disposed', async () => {
    const [{ served }, first, second] = [seat(), model('first'), model('second')]
    let opened: () => void = () => undefined
    const slow = new Promise<void>((resolve) => { opened = resolve })
    const loads = [served.load(async () => ({ ...first.found, open: async () => { await slow; return first.found.open() } })), served.load(async () => second.found)]
    await settled()
    expect(served.loaded).toBeNull()
    opened()
    await Promise.all(loads)
    expect(served.modelVersion).toBe('second')
    expect([first.disposals(), second.disposals()]).toEqual([1, 0])
  })

  it.each<readonly [string, () => Promise<FoundModel>]>([
    ['is found', () => Promise.reject(new Error('damaged'))],
    ['can be opened', async () => ({ ...model('next').found, open: () => Promise.reject(new Error('damaged')) })],
  ])('goes on serving where no other %s, and can be exchanged afterwards', async (_, find) => {
    const [{ served }, old, next] = [seat(), model('old'), model('next')]
    await served.load(async () => old.found)
    await expect(served.load(find)).rejects.toThrow('damaged')
    old.open()
    expect([await ask(served), old.disposals()]).toEqual(['old', 0])
    await served.load(async () => next.found)
    expect([served.modelVersion, old.disposals()]).toEqual(['next', 1])
  })

  it('reads ahead with the model that serves, and with none does nothing', async () => {
    const [{ served }, old, next] = [seat(), model('old'), model('next')]
    await served.readAhead(bankProject, tracker)
    await served.load(async () => old.found)
    await served.load(async () => next.found)
    await served.readAhead(bankProject, tracker)
    expect([old.readsAhead, next.readsAhead]).toEqual([[], ['next']])
  })

  it('is told of where it cannot be disposed; the next one serves', async () => {
    const [{ served, failures }, old, next] = [seat(), model('old', { dispose: () => Promise.reject(new Error('stuck')) }), model('next')]
    await served.load(async () => old.found)
    await served.load(async () => next.found)
    await settled()
    expect(failures).toMatchObject([{ message: 'stuck' }])
    next.open()
    expect(await ask(served)).toBe('next')
    await served.dispose()
  })
})

describe('a model that is taken away', () => {
  it('is missed by name, until another is loaded', async () => {
    const [{ served }, old, next] = [seat(), model('old'), model('next')]
    await served.load(async () => old.found)
    await served.unload()
    await served.unload()
    expect([served.loaded, served.modelVersion, old.disposals()]).toEqual([null, 'none', 1])
    await expect(ask(served)).rejects.toMatchObject({ name: 'NoModelLoaded' })
    await served.load(async () => next.found)
    next.open()
    expect(await ask(served)).toBe('next')
  })

  it('for good is disposed though a turn hangs, and so is one that was still being opened; nothing is loaded any more', async () => {
    const [{ served }, hanging, next, late] = [seat(), model('hanging'), model('next'), model('late')]
    await served.load(async () => hanging.found)
    void ask(served)
    await hanging.asked
    await served.load(async () => next.found)
    const loading = served.load(async () => { await settled(); return late.found })
    await served.dispose()
    await loading
    expect([hanging, next, late].map(({ disposals }) => disposals())).toEqual([1, 1, 1])
    await expect(served.load(async () => next.found)).rejects.toMatchObject({ name: 'ModelDisposed' })
    hanging.open()
    await settled()
    expect(hanging.disposals()).toBe(1)
  })
})
