import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { readConversations } from '../dataset/sources.js'
import { loadProject } from '../project/load.js'
import { written } from '../project/written.js'
import { duration, percent } from '../terminal/progress.js'
import { describeModels } from './base-models.js'
import { exit, type Command, type Io } from './command.js'
import { tableText } from './table-text.js'
import { tryModel, type Budget, type Trial } from './try-model.js'

type Options = Budget & { readonly project: string; readonly json: boolean }

/** `self` runs this very program, so that each base model is tried in a process, and so in memory, of its own. */
export const modelsCommand = (self: () => readonly string[]): Command<Options> => ({
  name: 'models',
  summary: 'Say which base models attune trains and serves, look at one, or choose one by measured trial',
  details: 'MODEL is what may stand in config.yml under model: base: a known name, hf:owner/repository/file, or a path to a GGUF file or a Transformers folder.\n'
    + 'What is not here yet is fetched. Without MODEL, what is supported is listed.\n'
    + 'attune models try MODEL...  tunes each shortly on the same part of this project and asks it the same messages: what it understands,\n'
    + 'how fast it learns and answers, how much memory it takes.',
  positionals: ['[try]', 'MODEL...'],
  options: {
    project: { help: 'with try: folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    examples: { help: 'with try: how many examples each learns from', default: 600, value: 'NUMBER' },
    epochs: { help: 'with try: how often it sees them', default: 2, value: 'NUMBER' },
    messages: { help: 'with try: how many messages of dev it is asked', default: 100, value: 'NUMBER' },
    json: { help: 'write one JSON object for each model, and trials as one list', default: false },
  },
  run: async ({ project: folder, examples, epochs, messages, json }, io, [action, ...names]) => {
    if (action !== 'try') return describeModels(action === undefined ? [] : [action, ...names], json, io)
    if (names.length === 0) {
      io.err('attune models try NAME... tries base models; name at least one, such as smollm2-135m-instruct.\n')
      return exit.usage
    }
    const budget = { examples, epochs, messages }
    for (const [name, value] of Object.entries(budget)) {
      if (Number.isInteger(value) && value >= 1) continue
      io.err(`--${name} is ${value}; give a whole number from 1 on.\n`)
      return exit.usage
    }
    const root = resolve(io.cwd, folder)
    const [only] = names
    const trials: Trial[] = []
    if (names.length === 1 && only !== undefined) {
      const trial = await tryHere(root, only, budget, io)
      if (typeof trial === 'number') return trial
      trials.push(trial)
    } else {
      const words = [...self(), 'models', 'try', '--json', '--project', root, ...Object.entries(budget).flatMap(([name, value]) => [`--${name}`, String(value)])]
      for (const name of new Set(names)) {
        const found = await tryInProcess([...words, name], io)
        if (typeof found === 'number') return found
        trials.push(...found)
      }
    }
    const ranked = trials.sort((left, right) => right.right - left.right || left.millisecondsPerMessage - right.millisecondsPerMessage)
    io.out(json ? `${JSON.stringify(ranked)}\n` : `${trialsTable(ranked)}\n`)
    return exit.ok
  },
})

const tryHere = async (root: string, base: string, budget: Budget, io: Io): Promise<Trial | number> => {
  const { project, problems, sources } = await loadProject(root, { env: io.env })
  if (project === null) {
    for (const problem of problems) if (problem.severity === 'error') io.err(`${written(problem, sources, { colour: io.colour })}\n`)
    io.err('The project has errors, so nothing was tried.\n')
    return exit.failed
  }
  const { dialogues } = await readConversations(project)
  return await tryModel(project, dialogues, base, budget, io) ?? exit.interrupted
}

/** What a process of its own finds, or the exit code with which it failed. */
const tryInProcess = ([program = '', ...words]: readonly string[], io: Io): Promise<readonly Trial[] | number> => new Promise((done, failed) => {
  const child = spawn(program, [...words], { cwd: io.cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const stop = (): void => { child.kill('SIGTERM') }
  io.signal.addEventListener('abort', stop, { once: true })
  let printed = ''
  child.stdout.on('data', (bytes: Buffer) => { printed += bytes.toString() })
  child.stderr.on('data', (bytes: Buffer) => { io.err(bytes.toString()) })
  child.on('error', failed)
  child.on('close', (code) => {
    io.signal.removeEventListener('abort', stop)
    done(code === 0 ? JSON.parse(printed) as readonly Trial[] : code ?? exit.interrupted)
  })
})

const trialsTable = (trials: readonly Trial[]): string => tableText([
  ['base model', 'right', 'dev loss', 'tokens/s', 'trained in', 'memory', 'a message', 'run'],
  ...trials.map(({ base, right, margin, messages, devLoss, tokensPerSecond, seconds, megabytes, millisecondsPerMessage, run }) => [
    base, `${percent(right)} ± ${(margin * 100).toFixed(1)} of ${messages}`, devLoss.toFixed(3), tokensPerSecond === null ? '-' : String(Math.round(tokensPerSecond)),
    duration(seconds), `${Math.round(megabytes)} MB`, `${Math.round(millisecondsPerMessage)} ms`, run,
  ]),
])
