import koffi from 'koffi'

// malloc.h of glibc
const trimThreshold = -1
const mmapThreshold = -3
const arenaMax = -8

/**
 * Makes glibc keep blocks of up to 32 MB, the most it can, when they are freed. As it comes it gives them back to the kernel, which
 * hands out zeroed pages for the next one: with tensors of some megabytes, made and freed by the thousand, that is up to half of all
 * the time. One arena, because what one thread frees another wants. Other systems are left alone.
 */
export const keepFreedMemory = (): void => {
  if (process.platform !== 'linux') return
  try {
    const mallopt = koffi.load('libc.so.6').func('mallopt', 'int', ['int', 'int']) as (parameter: number, value: number) => number
    mallopt(arenaMax, 1)
    mallopt(mmapThreshold, 32 * 2 ** 20)
    mallopt(trimThreshold, 2 ** 31 - 1)
  } catch {
    // A C library without mallopt: slower, not wrong.
  }
}
