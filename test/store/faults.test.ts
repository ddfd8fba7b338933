import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite.js'
import { isSafeSqlite } from '../../src/store/sqlite-schema.js'
import { finished, spawnModule } from './child.js'
import { events, valuesOf } from './contract.js'

// Processes are started and disks are synced here: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'attune-faults-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const fresh = (): string => join(folder, `${++count}.db`)
/** Mounts need a user namespace, which some container hosts forbid. */
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', folder]).status === 0

/** Some containers forbid to trace processes. */
const canTrace = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO:when=1', 'true']).status === 0

const acknowledged = (out: string): ReadonlyMap<string, number> => {
  const last = new Map<string, number>()
  for (const [, id, sequence] of out.matchAll(/^(c\d+) (\d+)$/gm)) last.set(id ?? '', Number(sequence))
  return last
}
/** Everything acknowledged is there, whole turns only, each with its receipt. */
const checkKept = async (path: string, out: string): Promise<void> => {
  const store = await openSqliteStore({ path })
  for (const [id, sequence] of acknowledged(out)) {
    const found = (await store.read(id)).length
    expect(found).toBeGreaterThanOrEqual(sequence)
    expect(found % 3).toBe(0)
    for (let last = 0; last < found; last += 3) expect(await store.receipt(id, `${last}`)).toEqual({ key: `${last}`, answer: `${last + 3}` })
  }
  await store.close()
}

describe('a process killed in the middle of appends', () => {
  it('leaves every acknowledged turn whole, and no half of another', async () => {
    const path = fresh()
    let turns = 0
    for (const [round, writers] of [1, 8, 3, 8, 1, 8].entries()) {
      const child = spawnModule('test/store/append-forever.ts', [path, `${writers}`, '200'])
      const ended = finished(child)
      await new Promise((resolve) => child.stdout?.once('data', resolve))
      await new Promise((resolve) => setTimeout(resolve, 17 * round + 5))
      child.kill('SIGKILL')
      const { out, code } = await ended
      expect(code).toBeNull()
      turns += out.split('\n').length - 1
      await checkKept(path, out)
    }
    expect(turns).toBeGreaterThan(20)
  })
})

describe('a store without room', () => {
  it('refuses with StoreFull, keeps reading, forgets, and goes on when there is room again', async () => {
    const path = fresh()
    const store = await openSqliteStore({ path, maximumBytes: 200_000 })
    const fill = async (id: string): Promise<{ readonly kept: number; readonly error: unknown }> => {
      for (let last = 0; ; last += 1) {
        try {
          await store.append(id, last, events(last + 1, 'x'.repeat(5_000)))
        } catch (error) {
          return { kept: last, error }
        }
      }
    }
    const first = await fill('first')
    expect(first.error).toMatchObject({ name: 'StoreFull', path })
    expect(first.kept).toBeGreaterThan(10)
    expect(await store.read('first')).toHaveLength(first.kept)
    expect(await store.forget('first')).toBe(true)
    expect((await fill('second')).kept).toBeGreaterThan(10)
    await store.close()
  })

  it('lets small appends through that share a group with one too large', async () => {
    const store = await openSqliteStore({ path: fresh(), maximumBytes: 200_000 })
    const group = await Promise.allSettled([
      store.append('small', 0, events(1, 'a')), store.append('large', 0, events(1, 'x'.repeat(500_000))), store.append('other', 0, events(1, 'b')),
    ])
    expect(group.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(group[1]).toMatchObject({ reason: { name: 'StoreFull' } })
    expect(valuesOf(await store.read('other'))).toEqual(['b'])
    expect(await store.read('large')).toEqual([])
    await store.close()
  })

  it.skipIf(!canMount)('loses nothing on a disk that is really full (needs user namespaces)', async () => {
    const disk = mkdtempSync(join(folder, 'disk-'))
    const copied = mkdtempSync(join(folder, 'copied-'))
    const child = spawnModule('test/store/append-forever.ts', [join(disk, 'a.db'), '4', '3000'], `exec unshare -rm sh -c "
      mount -t tmpfs -o size=1m none ${disk} && $RUN && cp ${disk}/a.db* ${copied}/"`)
    const { out, err, code } = await finished(child)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('refused StoreFull')
    for (const [id, sequence] of acknowledged(out)) expect(out).toContain(`read ${id} ${sequence}\n`)
    await checkKept(join(copied, 'a.db'), out)
  })

  it('loses nothing at a limit of file size', async () => {
    const path = fresh()
    const { out, code } = await finished(spawnModule('test/store/append-forever.ts', [path, '2', '3000'], 'ulimit -f 600; exec $RUN'))
    expect(code).toBe(0)
    expect(out).toContain('refused StoreFull')
    expect(acknowledged(out).size).toBe(2)
    await checkKept(path, out)
  })
})

describe('a disk that reports an error', () => {
  it.skipIf(!canTrace).each([4, 7, 12, 19, 30])('at sync number %i loses nothing that was acknowledged (needs strace)', async (at) => {
    const path = fresh()
    const trace = `exec strace -f -qq -o /dev/null -e trace=fsync,fdatasync -e inject=fsync,fdatasync:error=EIO:when=${at}+1000 $RUN`
    const { out, err } = await finished(spawnModule('test/store/append-forever.ts', [path, '2', '100', '12'], trace))
    if (!err.includes('StoreUnavailable')) expect(out).toMatch(/refused StoreUnavailable io-error|c\d 36/) // early ones meet the opening of the file
    await checkKept(path, out)
  })
})

describe('a store held by others', () => {
  it('waits for another writer, and says so when that takes too long', async () => {
    const path = fresh()
    const store = await openSqliteStore({ path, busyMilliseconds: 60 })
    const patient = await openSqliteStore({ path })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    await expect(store.append('c', 0, events(1, 'a'))).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'busy' })
    expect(await store.read('c')).toEqual([]) // reading goes on
    const append = patient.append('c', 0, events(1, 'b'))
    setTimeout(() => other.exec('COMMIT'), 40)
    await append
    expect(valuesOf(await store.read('c'))).toEqual(['b'])
    for (const each of [store, patient, other]) await each.close()
  })

  it('lets one of two processes append, the other sees that the conversation moved', async () => {
    const path = fresh()
    const [one, two] = [await openSqliteStore({ path }), await openSqliteStore({ path })]
    const writes = await Promise.allSettled([one.append('c', 0, events(1, 'one')), two.append('c', 0, events(1, 'two'))])
    expect(writes.map((write) => write.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(writes.find((write) => write.status === 'rejected')).toMatchObject({ reason: { name: 'ConversationMoved' } })
    expect(await one.read('c')).toEqual(await two.read('c'))
    await one.close()
    await two.close()
  })

  it.skipIf(!canMount)('says that a file cannot be written (needs user namespaces)', async () => {
    const disk = mkdtempSync(join(folder, 'read-only-'))
    const path = join(disk, 'a.db')
    const store = await openSqliteStore({ path })
    await store.append('c', 0, events(1, 'a'))
    await store.close()
    const child = spawnModule('test/store/append-forever.ts', [path], `exec unshare -rm sh -c "mount --bind ${disk} ${disk} && mount -o remount,ro,bind ${disk} && $RUN"`)
    const { err } = await finished(child)
    expect(err).toMatch(/StoreUnavailable: The store \S+ is not available: it cannot be written/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('says that a path cannot be opened', async () => {
    const file = fresh()
    writeFileSync(file, '')
    chmodSync(file, 0o600)
    for (const path of [folder, join(file, 'under-a-file.db')]) {
      await expect(openSqliteStore({ path })).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'cannot-open', path })
    }
  })
})

describe('a file that is not what attune wrote', () => {
  const written = async (): Promise<string> => {
    const path = fresh()
    const store = await openSqliteStore({ path })
    for (let last = 0; last < 40; last += 1) await store.append('c', last, events(last + 1, `the value ${'x'.repeat(800)}`))
    await store.close()
    return path
  }
  const corrupt = async (path: string): Promise<unknown> => {
    const store = await openSqliteStore({ path })
    try {
      return await store.read('c')
    } finally {
      await store.close()
    }
  }

  it.each<readonly [string, (path: string) => void]>([
    ['random bytes', (path) => writeFileSync(path, Buffer.alloc(20_000, 'attune'))],
    ['a file cut in half', (path) => truncateSync(path, 4096 * 5)],
    ['a page of zeros', (path) => { const bytes = readFileSync(path); bytes.fill(0, 4096 * 2, 4096 * 8); writeFileSync(path, bytes) }],
    ['a missing event', (path) => { const db = new DatabaseSync(path); db.exec('DELETE FROM events WHERE sequence = 7'); db.close() }],
    ['an event that is not JSON', (path) => { const db = new DatabaseSync(path); db.exec(`UPDATE events SET event = '{"event":' WHERE sequence = 7`); db.close() }],
    ['a database of another program', (path) => { rmSync(path); const db = new DatabaseSync(path); db.exec('CREATE TABLE photos (id)'); db.close() }],
  ])('is refused: %s', async (_, damage) => {
    const path = await written()
    damage(path)
    await expect(corrupt(path)).rejects.toMatchObject({ name: 'StoreCorrupt', path })
  })

  it('is refused when a newer release wrote it, and left as it was', async () => {
    const path = await written()
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    const before = join(folder, 'before')
    copyFileSync(path, before)
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ name: 'StoreTooNew', found: 99, known: 2 })
    expect(readFileSync(path).equals(readFileSync(before))).toBe(true)
  })
})

describe('SQLite underneath', () => {
  it.each([
    ['3.51.3', true], ['3.53.0', true], ['3.52.0', true], ['4.0.0', true], ['3.50.7', true], ['3.44.6', true],
    ['3.51.2', false], ['3.50.6', false], ['3.49.9', false], ['3.45.0', false], ['3.44.5', false], ['3.7.0', false],
  ])('version %s is free of the WAL-reset race: %s', (version, isSafe) => {
    expect(isSafeSqlite(version)).toBe(isSafe)
  })

  it('gets one commit for appends that arrive together', async () => {
    const path = fresh()
    const store = await openSqliteStore({ path })
    const before = commitsIn(path)
    await Promise.all(Array.from({ length: 300 }, (_, index) => store.append(`c${index}`, 0, events(1, 'a', 'b'))))
    expect(commitsIn(path) - before).toBe(1)
    expect(await store.conversations(1_000, 0)).toHaveLength(300)
    await store.close()
  })
})

/** Commit frames of a write-ahead log: those whose header holds the size of the database (sqlite.org/fileformat2.html#walformat). */
const commitsIn = (path: string): number => {
  const wal = readFileSync(`${path}-wal`)
  let commits = 0
  for (let at = 32; at + 24 <= wal.length; at += 24 + 4096) if (wal.readUInt32BE(at + 4) !== 0) commits += 1
  return commits
}
