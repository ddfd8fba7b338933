import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cpuFlags, fastFloat } from '../../src/tensor/cpu.js'
import { temporaryFolder } from '../model/fixtures.js'

const listed = async (text: string): Promise<ReadonlySet<string>> => {
  const file = join(await temporaryFolder(), 'cpuinfo')
  await writeFile(file, text)
  return cpuFlags(file)
}

describe('the fast float type', () => {
  it.each([
    ['Zen 3', 'model name\t: AMD EPYC 7B13\nflags\t\t: fpu sse4_2 avx2 fma\nbugs\t\t: spectre_v1\n', 'float32'],
    ['Zen 4', 'flags\t\t: fpu avx2 avx512f avx512_bf16 avx512_vnni\nbugs\t\t:\n', 'bfloat16'],
    ['Sapphire Rapids', 'processor\t: 0\nflags\t\t: avx512f amx_bf16 amx_tile\n\nprocessor\t: 1\nflags\t\t: avx512f amx_bf16\n', 'bfloat16'],
    ['a CPU whose other lines name it', 'flags\t\t: avx2\nbugs\t\t: amx_bf16\n', 'float32'],
    ['an empty list', 'flags\t\t:\n', 'float32'],
  ] as const)('of %s', async (_name, text, expected) => {
    expect(fastFloat(false, await listed(text))).toBe(expected)
  })

  it('is float32 where nothing lists the flags, and bfloat16 on a GPU whatever the CPU is', () => {
    const none = cpuFlags('/nowhere/cpuinfo')
    expect(fastFloat(false, none)).toBe('float32')
    expect(fastFloat(true, none)).toBe('bfloat16')
  })
})
