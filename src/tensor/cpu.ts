import { readFileSync } from 'node:fs'

/**
 * Names of what the CPU can do, as Linux lists them (`flags` on x86, `Features` on ARM); none elsewhere. A list decides rather than
 * a measurement, because the same machine must always come to the same answer.
 */
export const cpuFlags = (file = '/proc/cpuinfo'): ReadonlySet<string> => {
  try {
    return new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1]?.trim().split(/\s+/) ?? [])
  } catch {
    return new Set()
  }
}

/** The type in which products are fast. Where bfloat16 is no instruction it is emulated, about a hundred times slower than float32. */
export const fastFloat = (onGpu: boolean, flags = cpuFlags()): 'bfloat16' | 'float32' =>
  onGpu || flags.has('amx_bf16') || flags.has('avx512_bf16') ? 'bfloat16' : 'float32'
