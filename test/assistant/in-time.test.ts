import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { inTime } from '../../src/assistant/in-time.js'

const never = (): Promise<string> => new Promise(() => { /* heeds no signal */ })
const onlyWhenTold = (signal: AbortSignal): Promise<string> => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

describe('work that has to end in time', () => {
  it('gives its result, or what it threw', async () => {
    const { signal } = new AbortController()
    await expect(inTime(1_000, signal, async () => 'done')).resolves.toBe('done')
    await expect(inTime(1_000, signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    await expect(inTime(1_000, signal, () => { throw new Error('broken at once') })).rejects.toThrow('broken at once')
  })

  it.each([['heeds its signal', onlyWhenTold], ['heeds nothing', never]])('is not waited for beyond its time where it %s', async (_, work) => {
    await expect(inTime(10, new AbortController().signal, work)).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it.each([['heeds its signal', onlyWhenTold], ['heeds nothing', never]])('ends with the reason it was called off for where it %s', async (_, work) => {
    const caller = new AbortController()
    const outcome = inTime(10_000, caller.signal, work)
    caller.abort(new Error('called off'))
    await expect(outcome).rejects.toThrow('called off')
  })

  it('is told at once where it was called off before it began', async () => {
    const told = await inTime(10_000, AbortSignal.abort(new Error('too late')), async ({ aborted, reason }) => [aborted, (reason as Error).message])
    expect(told).toEqual([true, 'too late'])
  })

  it('leaves nothing on the signal of its caller', async () => {
    const { signal } = new AbortController()
    await inTime(10_000, signal, async () => expect(getEventListeners(signal, 'abort')).toHaveLength(1))
    await inTime(10, signal, never).catch(() => undefined)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})
