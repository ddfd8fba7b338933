import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { isMissing } from '../fetch/cache.js'
import type { Sources } from '../project/read-files.js'
import type { Project } from '../project/types.js'
import { written } from '../project/written.js'
import { duration, percent } from '../terminal/progress.js'
import { CannotTrain, LossExploded } from '../train/errors.js'
import { withDefaults } from '../train/options.js'
import { byDev, combinationsOf, type Combination } from '../train/sweep.js'
import { exit, type Io } from './command.js'
import { readSweep } from './sweep-file.js'
import { tableText } from './table-text.js'
import { trainProject, type TrainChoices } from './train-project.js'
import { trainingOptions } from './training-options.js'

type Tried = { readonly combination: Combination; readonly id: string | null; readonly exact: number; readonly loss: number; readonly seconds: number; readonly failure: string | null }

/**
 * Trains one run for each combination of a file, one after the other. Each is a run like any other: after a kill the same command
 * passes over those that are done and goes on with the one under way. The best by dev then serves.
 */
export const trainSweep = async (project: Project, sources: Sources, { file, json, ...choices }: TrainChoices & { readonly file: string; readonly json: boolean }, io: Io): Promise<number> => {
  const combinations = await readCombinations(file, { ...trainingOptions(project).options, ...choices.overrides }, io)
  if (combinations === null) return exit.usage
  const tried: Tried[] = []
  for (const [at, combination] of combinations.entries()) {
    io.err(`Run ${at + 1} of ${combinations.length}: ${shortText(combination)}\n`)
    const one = await tryOne(project, sources, choices, combination, io)
    if (one === 'wrong') return exit.failed
    if (one === 'stopped') {
      io.err(`Stopped at run ${at + 1} of ${combinations.length}; the same command goes on there.\n`)
      return exit.interrupted
    }
    tried.push(one)
  }
  const ranked = [...tried].sort(byDev)
  const best = ranked.find(({ id, failure }) => id !== null && failure === null)
  if (best !== undefined) {
    const served = await trainProject(project, sources, { ...choices, overrides: { ...choices.overrides, ...best.combination } }, io)
    if (served?.outcome.kind === 'stopped') return exit.interrupted
  }
  if (json) io.out(`${JSON.stringify({ best: best?.id ?? null, runs: ranked })}\n`)
  else io.out(`${sweepTable(ranked)}\n${best === undefined ? 'No run came to an end.' : `Best by dev, and the one that serves now: ${best.id ?? ''}. attune runs compare shows runs beside each other.`}\n`)
  return best === undefined ? exit.failed : exit.ok
}

/** The combinations of the file, each checked before the first is trained; null where something was wrong and was said. */
const readCombinations = async (file: string, given: Combination, io: Io): Promise<readonly Combination[] | null> => {
  const path = resolve(io.cwd, file)
  const name = relative(io.cwd, path)
  try {
    const text = await readFile(path, 'utf8')
    const { sweep, problems } = readSweep(name, text)
    for (const problem of problems) io.err(`${written(problem, new Map([[name, text]]), { colour: io.colour })}\n`)
    if (problems.some(({ severity }) => severity === 'error')) return null
    const combinations = combinationsOf(sweep)
    for (const combination of combinations) withDefaults({ ...given, ...combination })
    return combinations
  } catch (error) {
    if (isMissing(error)) io.err(`There is no file ${name}. It lists what to try: sweep: {rank: [8, 16], learning_rate: [0.001, 0.0005]}.\n`)
    else if (error instanceof CannotTrain) io.err(`${name}: ${error.message}\n`)
    else throw error
    return null
  }
}

const tryOne = async (project: Project, sources: Sources, choices: TrainChoices, combination: Combination, io: Io): Promise<Tried | 'stopped' | 'wrong'> => {
  const nothing = { combination, id: null, exact: NaN, loss: NaN, seconds: 0 }
  try {
    const trained = await trainProject(project, sources, { ...choices, overrides: { ...choices.overrides, ...combination }, isTrial: true }, io)
    if (trained === null) return 'wrong'
    if (trained.outcome.kind === 'stopped') return 'stopped'
    const { id, record: { evaluation: { dev }, seconds } } = trained.outcome
    return { combination, id, exact: dev.exact, loss: dev.loss, seconds, failure: null }
  } catch (error) {
    // A rate that is too high is a result of the sweep, and no reason to end it.
    if (!(error instanceof LossExploded)) throw error
    io.err(`${error.message}\n`)
    return { ...nothing, failure: 'the loss exploded' }
  }
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const shortText = (combination: Combination): string => Object.entries(combination).map(([name, value]) => `${snake(name)} ${shown(value)}`).join(', ')

const sweepTable = (ranked: readonly Tried[]): string => {
  const names = Object.keys(ranked[0]?.combination ?? {})
  return tableText([
    ['run', ...names.map(snake), 'dev, word for word', 'dev loss', 'time'],
    ...ranked.map(({ combination, id, exact, loss, seconds, failure }) => [
      id ?? '-', ...Object.values(combination).map(shown), ...(failure === null ? [percent(exact), loss.toFixed(4), duration(seconds)] : [failure, '-', '-']),
    ]),
  ])
}
