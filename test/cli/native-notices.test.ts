import koffi from 'koffi'
import { afterEach, describe, expect, it } from 'vitest'
import { silenceNotices } from '../../src/cli/native-notices.js'

const name = 'TF_CPP_MIN_LOG_LEVEL'
const before = process.env[name]
afterEach(() => {
  if (before === undefined) delete process.env[name]
  else process.env[name] = before
})

describe('the notices of TensorFlow', () => {
  it.runIf(process.platform === 'linux')('are switched off where native code looks for it', () => {
    const getenv = koffi.load('libc.so.6').func('const char *getenv(const char *name)') as (name: string) => string | null
    delete process.env[name]
    expect(getenv(name)).toBeNull()
    silenceNotices(process.env)
    expect(getenv(name), 'errors are level 2 and still come').toBe('2')
  })

  it('stay where somebody asks for them', () => {
    const env = { [name]: '0' }
    silenceNotices(env)
    expect(env).toEqual({ [name]: '0' })
  })
})
