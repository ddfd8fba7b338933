import { spawnSync } from 'node:child_process'
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

  it.runIf(process.platform === 'linux').each([['2', '<after>'], ['0', '<loading><after>']])('written while a library is loaded come with level %s as %s', (level, told) => {
    const program = `import { writeSync } from 'node:fs'
      import { createJiti } from 'jiti'
      const { loadedInSilence } = await createJiti(process.cwd() + '/').import('./src/tensor/notices.ts')
      loadedInSilence(() => writeSync(2, '<loading>'), process.env)
      writeSync(2, '<after>')`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: level }, encoding: 'utf8' })
    expect(stderr).toBe(told)
  })

  it('stay where somebody asks for them', () => {
    const env = { TF_CPP_MIN_LOG_LEVEL: '0' }
    silenceNotices(env)
    expect(env).toEqual({ TF_CPP_MIN_LOG_LEVEL: '0' })
  })
})
