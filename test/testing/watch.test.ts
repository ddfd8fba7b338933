import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { whenChanged } from '../../src/testing/watch.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'attune-watch-'))
  await mkdir(join(root, 'flows'))
  await mkdir(join(root, 'e2e_tests', '.recorded'), { recursive: true })
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Whether watching ends once something is written, tried a few times: the system may start to watch late. */
const endsAt = async (write: (attempt: number) => Promise<void>): Promise<boolean> => {
  const stop = new AbortController()
  const seen = { end: false }
  const watching = whenChanged(root, stop.signal).then(() => { seen.end = true })
  for (let attempt = 0; attempt < 8 && !seen.end; attempt++) {
    await wait(100)
    await write(attempt)
  }
  await wait(200)
  const before = seen.end
  stop.abort()
  await watching
  return before
}

describe('waiting for a change', () => {
  it('ends when a file of the project is written', async () => {
    expect(await endsAt((attempt) => writeFile(join(root, 'flows', 'a.yml'), String(attempt)))).toBe(true)
  })

  it('is not disturbed by what attune writes itself, nor by other files', async () => {
    expect(await endsAt(async (attempt) => {
      await writeFile(join(root, 'e2e_tests', '.recorded', 'model.yml'), String(attempt))
      await writeFile(join(root, 'results.xml'), String(attempt))
    })).toBe(false)
  })

  it('ends at once when it is told to stop', async () => {
    await whenChanged(root, AbortSignal.abort())
  })
})
