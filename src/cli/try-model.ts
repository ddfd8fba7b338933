import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { buildDataset } from '../dataset/build.js'
import { randomOf } from '../dataset/random.js'
import type { Dialogue } from '../dataset/dialogues.js'
import { ensureModel } from '../fetch/ensure-model.js'
import { ensureTensorFlow } from '../fetch/ensure-tensorflow.js'
import type { Project } from '../project/types.js'
import { bar, progressLine } from '../terminal/progress.js'
import type { TrainProgress } from '../train/progress.js'
import { train } from '../train/train.js'
import { openLlamaCpp } from '../understand/llama-cpp.js'
import { measurementOf } from '../understand/measurement.js'
import type { Io } from './command.js'
import { fetchingOn } from './fetch-progress.js'
import { outcomesOf } from './measure.js'
import { trialsFolder } from './recorded-runs.js'
import { knownBases } from './train-project.js'
import { trainReport } from './train-progress.js'
import { trainingOptions } from './training-options.js'

/** The same for every base model: so many examples are learned, so often, and so many messages of dev are asked. */
export type Budget = { readonly examples: number; readonly epochs: number; readonly messages: number }

export type Trial = {
  readonly base: string
  /** The run below .attune/trials. */
  readonly run: string
  /** Share of dev messages understood rightly, decoded as serving does, with half of its 95 % interval. */
  readonly right: number
  readonly margin: number
  readonly messages: number
  readonly devLoss: number
  /** While training, the median over its steps. Null where the training was done before. */
  readonly tokensPerSecond: number | null
  readonly seconds: number
  /** The most memory that this process ever held. Only its own where a process makes one trial. */
  readonly megabytes: number
  readonly millisecondsPerMessage: number
}

/** A base model that can be tuned, but not asked as serving does. */
export class CannotBeServed extends Error {
  override readonly name = 'CannotBeServed'
  constructor(readonly base: string) {
    super(`${base} is a folder in the format of Transformers. It can be tuned, but llama.cpp, which serves, reads GGUF files only: name its GGUF file.`)
  }
}

/** Trains a base model shortly on a part of the project's examples and asks it messages of dev. Null where it was stopped. */
export const tryModel = async (project: Project, dialogues: readonly Dialogue[], base: string, { examples, epochs, messages }: Budget, io: Io): Promise<Trial | null> => {
  const { options } = trainingOptions(project)
  const dataset = buildDataset(project, dialogues, { seed: options.seed ?? 1 })
  const some = <T>(part: readonly T[], count: number): readonly T[] => randomOf('trial').shuffled(part).slice(0, count)
  const dev = some(dataset.dev, messages)
  const line = progressLine(io.err, io.isTty)
  try {
    const fetching = fetchingOn(line, io.signal)
    const file = await ensureModel(base, fetching)
    if ((await stat(file.path)).isDirectory()) throw new CannotBeServed(base)
    const speeds: number[] = []
    const shown = trainReport(line)
    const outcome = await train({
      examples: { train: some(dataset.train, examples), dev, test: [] }, base: file, tensorFlow: await ensureTensorFlow(fetching), outFolder: trialsFolder(project.root),
      options: { ...options, epochs }, signal: io.signal, now: Date.now,
      naming: { name: `trial of ${base}`, baseName: base, baseModel: knownBases[base]?.hub, baseLicense: knownBases[base]?.license ?? 'other', language: project.config.language },
      report: (progress: TrainProgress) => {
        if (progress.kind === 'step') speeds.push(progress.tokensPerSecond)
        shown(progress)
      },
    })
    if (outcome.kind === 'stopped') return null
    const model = await openLlamaCpp({ modelPath: file.path, adapterPath: join(outcome.folder, 'adapter.gguf'), version: outcome.id })
    try {
      const asked = measurementOf(await outcomesOf(project, dev, model, io.signal, (done, of) => { line.show(`Asking ${base} ${bar(done / of, 24)} ${done}/${of}`) }))
      return {
        base, run: outcome.id, right: asked.exact, margin: asked.margin, messages: asked.examples, devLoss: outcome.record.evaluation.dev.loss,
        tokensPerSecond: speeds.length === 0 ? null : speeds.sort((left, right) => left - right)[Math.floor(speeds.length / 2)] ?? null,
        seconds: outcome.record.seconds, megabytes: process.resourceUsage().maxRSS / 1000, millisecondsPerMessage: asked.medianMilliseconds,
      }
    } finally {
      await model.dispose()
    }
  } finally {
    line.clear()
  }
}
