import koffi from 'koffi'
import { afterEach, describe, expect, it } from 'vitest'
import { silenceNotices } from '../../src/tensor/notices.js'

const before = process.env['TF_CPP_MIN_LOG_LEVEL']
afterEach(() => {
  if (before === undefined) delete process.env['TF_CPP_MIN_LOG_LEVEL']
  else process.env['TF_CPP_MIN_LOG_LEVEL'] = before
})

describe('the notices of TensorFlow', () => {
  it.runIf(process.platform === 'linux')('are switched off where native code looks for it', () => {
    const getenv = koffi.load('libc.so.6').func('const char *getenv(const char *name)') as (name: string) => string | null
    delete process.env['TF_CPP_MIN_LOG_LEVEL']
    expect(getenv('TF_CPP_MIN_LOG_LEVEL')).toBeNull()
    silenceNotices(process.env)
    expect(getenv('TF_CPP_MIN_LOG_LEVEL'), 'errors are level 2 and still come').toBe('2')
  })

  it('stay where somebody asks for them', () => {
    const env = { TF_CPP_MIN_LOG_LEVEL: '0' }
    silenceNotices(env)
    expect(env).toEqual({ TF_CPP_MIN_LOG_LEVEL: '0' })
  })
})
