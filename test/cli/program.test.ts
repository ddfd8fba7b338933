import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../src/cli/arguments.js'
import { exit, type Command, type Io } from '../../src/cli/command.js'
import { runProgram } from '../../src/cli/run.js'

const greet: Command = {
  name: 'greet',
  summary: 'Say hello',
  positionals: ['WHO'],
  options: {
    times: { help: 'how often', default: 1, value: 'N' },
    language: { help: 'in which language', default: 'en' },
    loud: { help: 'shout', default: false, short: 'l' },
    dryRun: { help: 'say nothing', default: false },
  },
  run: async ({ times, loud }, io, [who = 'you']) => {
    if (who === 'nobody') throw new Error('There is nobody here.')
    io.out(`${`hello ${who}`.repeat(Number(times))}${loud === true ? '!' : ''}`)
    return exit.ok
  },
}
const ran = async (...words: readonly string[]) => {
  const written = { out: '', err: '' }
  const io: Io = {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    isTty: false, colour: false, cwd: '/', env: {}, signal: new AbortController().signal,
  }
  return { code: await runProgram([greet], words, '1.2.3', io), ...written }
}

describe('the attune program', () => {
  it('runs a command with its options and words', async () => {
    expect(await ran('greet', 'Ann', '--times', '2', '-l')).toMatchObject({ code: exit.ok, out: 'hello Annhello Ann!' })
  })
  it.each([[[]], [['--help']], [['-h']], [['help']]])('shows every command for %j', async (words) => {
    const { code, out } = await ran(...words)
    expect({ code, out }).toMatchObject({ code: exit.ok, out: expect.stringContaining('greet  Say hello') as string })
  })
  it('documents options with their defaults', async () => {
    expect((await ran('greet', '--help')).out).toMatchInlineSnapshot(`
      "attune greet: Say hello

      Usage: attune greet [WHO] [OPTIONS]

      Options
        --times N         how often (default: 1)
        --language VALUE  in which language (default: en)
        -l, --loud        shout
        --dry-run         say nothing
        -h, --help        this text
      "
    `)
  })
  it('has room for --no-encoder beside --encoder', () => {
    const both: Command = { ...greet, options: { encoder: { help: '', default: 'large' }, noEncoder: { help: '', default: false } } }
    expect(parseArguments(both, ['--no-encoder', '--encoder', 'small'])).toMatchObject({ kind: 'run', options: { encoder: 'small', noEncoder: true } })
    expect(parseArguments(both, [])).toMatchObject({ kind: 'run', options: { encoder: 'large', noEncoder: false } })
  })
  it('says its version', async () => {
    expect((await ran('--version')).out).toBe('1.2.3\n')
  })
  it.each([
    [['shell'], "attune has no command 'shell'. attune chat talks in the terminal."],
    [['run', 'actions'], "attune has no command 'run'. attune serve answers over HTTP."],
    [['gret'], "attune has no command 'gret'. Did you mean 'greet'?"],
    [['greet', '--tims', '2'], 'greet has no option --tims. Did you mean --times?'],
    [['greet', '--times', 'two'], "--times needs a number, found 'two'."],
    [['greet', 'Ann', 'Bob'], "'Bob' is one word too many: greet takes WHO."],
  ])('explains %j and exits as a usage mistake', async (words, sentence) => {
    const { code, err } = await ran(...words)
    expect({ code, err }).toMatchObject({ code: exit.usage, err: expect.stringContaining(sentence) as string })
  })
  it('turns an exception into a sentence and a failure', async () => {
    expect(await ran('greet', 'nobody')).toMatchObject({ code: exit.failed, err: expect.stringContaining('There is nobody here.') as string })
  })
  it('reads negated flags', () => {
    expect(parseArguments(greet, ['--no-loud'])).toMatchObject({ kind: 'run', options: { loud: false } })
  })
})
