import { spawnSync } from 'node:child_process'
import { existsSync, utimesSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { underLock } from '../../src/fetch/lock.js'
import { fetchingInto, temporaryFolder } from './workplace.js'

describe('a lock', () => {
  it('lets one work after the other, and is gone afterwards', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'deep', 'lock')
    let inside = 0
    let most = 0
    const work = () => underLock(path, 'a model', fetchingInto(folder), async () => {
      inside += 1
      most = Math.max(most, inside)
      await pause(20)
      inside -= 1
    })
    await Promise.all([work(), work(), work()])
    expect(most).toBe(1)
    expect(existsSync(path)).toBe(false)
  })

  it('is given back when the work fails', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'lock')
    await expect(underLock(path, 'a model', fetchingInto(folder), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(existsSync(path)).toBe(false)
  })

  it('of a dead process is taken over at once', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'lock')
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    await writeFile(path, `${pid} ${hostname()}`)
    expect(await underLock(path, 'a model', fetchingInto(folder), () => Promise.resolve('worked'))).toBe('worked')
  })

  it.each([['another machine', `1 elsewhere-${hostname()}`], ['nobody', '']])('of %s that nobody touched for long is taken over', async (_name, text) => {
    const folder = await temporaryFolder()
    const path = join(folder, 'lock')
    await writeFile(path, text)
    utimesSync(path, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000))
    expect(await underLock(path, 'a model', fetchingInto(folder), () => Promise.resolve('worked'))).toBe('worked')
  })

  it('of a living process is waited for, says whose it is, and lets go when asked to', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'lock')
    await writeFile(path, `${process.ppid} ${hostname()}`)
    const stop = new AbortController()
    const fetching = fetchingInto(folder, process.env, stop.signal)
    const waiting = underLock(path, 'a model', fetching, () => Promise.resolve('worked'))
    while (fetching.said.length === 0) await pause(5)
    expect(fetching.said).toEqual([{ step: 'wait', what: 'a model', processId: process.ppid }])
    stop.abort()
    await expect(waiting).rejects.toThrow(/aborted/)
    expect(existsSync(path)).toBe(true)
  })
})
