import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { exit, type Io } from '../../src/cli/command.js'
import { commands } from '../../src/cli/commands.js'
import { runProgram } from '../../src/cli/run.js'

const cwd = mkdtempSync(join(tmpdir(), 'attune-init-'))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const attune = async (...words: readonly string[]) => {
  const written = { out: '', err: '' }
  const io: Io = {
    out: (text) => void (written.out += text), err: (text) => void (written.err += text),
    isTty: false, colour: false, cwd, env: {}, signal: new AbortController().signal,
  }
  return { code: await runProgram(commands, words, '0', io), ...written }
}

describe('attune init', () => {
  it('writes a project without a mistake, whose tests pass', async () => {
    const made = await attune('init', 'cafe')
    expect(made).toMatchObject({ code: exit.ok, err: '' })
    expect(made.out).toContain('cafe/flows/book_table.yml\n')
    expect(await attune('validate', '-p', 'cafe', '--strict')).toMatchObject({ code: exit.ok, err: expect.stringContaining('No problems') as string })
    const tested = await attune('test', '-p', 'cafe', '--scripted')
    expect({ code: tested.code, said: tested.code === exit.ok ? '' : tested.out + tested.err }).toEqual({ code: exit.ok, said: '' })
  })

  it('overwrites nothing', async () => {
    writeFileSync(join(cwd, 'cafe', 'config.yml'), 'language: de\n')
    expect(await attune('init', 'cafe')).toMatchObject({ code: exit.failed, err: expect.stringContaining('not empty') as string })
    expect(readFileSync(join(cwd, 'cafe', 'config.yml'), 'utf8')).toBe('language: de\n')
  })

  it('needs a folder, and begins nothing without one', async () => {
    expect(await attune('init')).toMatchObject({ code: exit.usage, err: expect.stringContaining('attune init my-assistant') as string })
    expect(existsSync(join(cwd, 'flows'))).toBe(false)
  })
})
