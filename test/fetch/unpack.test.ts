import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BadArchive, ChecksumMismatch } from '../../src/fetch/errors.js'
import { unpack } from '../../src/fetch/unpack.js'
import { fetchingInto, sha256, someBytes, temporaryFolder } from './workplace.js'
import { zipOf, type ZipFile } from './zip.js'

const content = Buffer.concat([someBytes(100_000), Buffer.alloc(100_000)])
const sound: ZipFile = { name: 'pack/age.bin', content }
const other: ZipFile = { name: 'pack/other', content: Buffer.from('other') }

const unpacked = async (archive: Buffer, expected = content) => {
  const folder = await temporaryFolder()
  const path = join(folder, 'a.whl')
  await writeFile(path, archive)
  const to = join(folder, 'deep', 'file.bin')
  const fetching = fetchingInto(folder)
  await unpack(path, [{ name: sound.name, bytes: expected.length, sha256: sha256(expected), to }], fetching)
  return { to, said: fetching.said, folder }
}

describe('unpacking', () => {
  it('takes the named member only, and reports how far it is', async () => {
    const { to, said, folder } = await unpacked(zipOf([other, sound]))
    expect(readFileSync(to).equals(content)).toBe(true)
    expect(said.at(-1)).toMatchObject({ step: 'unpack', what: sound.name, doneBytes: content.length, totalBytes: content.length })
    expect(readdirSync(join(folder, 'deep')).sort()).toEqual(['file.bin', 'file.bin.checked'])
  })

  it('never writes where the archive says', async () => {
    await expect(unpacked(zipOf([{ name: '../../escaped', content }, sound]))).rejects.toThrow(/invalid relative path/)
    await expect(unpacked(zipOf([{ name: '/etc/escaped', content }, sound]))).rejects.toThrow(BadArchive)
  })

  it.each<[string, Buffer, RegExp]>([
    ['no zip archive', Buffer.from('no zip'), /is damaged \(.*end of central directory/i],
    ['no bytes', Buffer.alloc(0), /is damaged/],
    ['cut off', zipOf([sound]).subarray(0, 50_000), /is damaged/],
    ['without the member', zipOf([other]), /does not hold pack\/age\.bin/],
    ['with the member twice', zipOf([sound, sound]), /holds pack\/age\.bin twice/],
    ['with another size', zipOf([{ ...sound, content: content.subarray(1) }]), /in 199999 bytes, expected 200000/],
    ['that unpacks to more than it claims', zipOf([{ ...sound, content: Buffer.concat([content, content]), claimedBytes: content.length }]), /damaged|more than/],
    ['with damaged data', zipOf([{ ...sound, damaged: true }]), /pack\/age\.bin is damaged/],
  ])('refuses an archive %s', async (_name, archive, message) => {
    await expect(unpacked(archive)).rejects.toThrow(message)
    await expect(unpacked(archive)).rejects.toThrow(BadArchive)
  })

  it('leaves nothing of a member with another content', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'a.whl'), zipOf([sound]))
    const to = join(folder, 'file.bin')
    const members = [{ name: sound.name, bytes: content.length, sha256: sha256(Buffer.from('x')), to }]
    await expect(unpack(join(folder, 'a.whl'), members, fetchingInto(folder))).rejects.toThrow(ChecksumMismatch)
    expect(readdirSync(folder)).toEqual(['a.whl'])
  })

  it('refuses before the first byte what the disk has no room for', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'a.whl'), zipOf([sound]))
    const members = [{ name: sound.name, bytes: 2 ** 52, sha256: '', to: join(folder, 'file.bin') }]
    await expect(unpack(join(folder, 'a.whl'), members, fetchingInto(folder))).rejects.toThrow(/is full/)
    expect(existsSync(join(folder, 'file.bin')) || statSync(folder).size === 0).toBe(false)
  })
})
