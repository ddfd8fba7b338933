import { join } from 'node:path'
import { buildDataset, type Dataset } from '../dataset/build.js'
import { writeDataset } from '../dataset/files.js'
import { readConversations } from '../dataset/sources.js'
import { ensureModel } from '../fetch/ensure-model.js'
import { ensureTensorFlow } from '../fetch/ensure-tensorflow.js'
import { PlatformUnsupported } from '../fetch/errors.js'
import type { Sources } from '../project/read-files.js'
import type { Project } from '../project/types.js'
import { written } from '../project/written.js'
import { progressLine } from '../terminal/progress.js'
import type { TrainChoice } from '../train/options.js'
import { train, type TrainOutcome } from '../train/train.js'
import { calibrate } from './calibrate.js'
import type { Io } from './command.js'
import { fetchingOn } from './fetch-progress.js'
import { baseModelOf, modelsFolder, setCurrentModel } from './models.js'
import { addHead } from './second-opinion.js'
import { trainReport } from './train-progress.js'
import { trainingOptions } from './training-options.js'

export type TrainChoices = {
  /** Take the place of what config.yml says. */
  readonly overrides: Partial<TrainChoice>
  /** Also train a head over a sentence encoder, which gets a say beside the language model. */
  readonly withEncoder: boolean
  /** Trained to be compared only: nothing is trained beside it, and another model goes on serving. */
  readonly isTrial?: boolean
}
export type Trained = { readonly outcome: TrainOutcome; readonly dataset: Dataset }

/** The licence and Hub name of base models that attune knows by name. */
export const knownBases: Readonly<Record<string, { readonly hub: string; readonly license: string }>> = {
  'smollm2-135m-instruct': { hub: 'HuggingFaceTB/SmolLM2-135M-Instruct', license: 'apache-2.0' },
}

/**
 * From a project to its tuned model: data set, downloads, training; the new model becomes the one that serves.
 * Does nothing where the same was trained before. Null where the project's own options are wrong.
 */
export const trainProject = async (project: Project, sources: Sources, { overrides, withEncoder, isTrial = false }: TrainChoices, io: Io): Promise<Trained | null> => {
  const { options, problems } = trainingOptions(project)
  const conversations = await readConversations(project)
  for (const problem of [...problems, ...conversations.problems]) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
  if (problems.some(({ severity }) => severity === 'error')) return null
  const chosen = { ...options, ...overrides }
  const dataset = buildDataset(project, conversations.dialogues, { seed: chosen.seed ?? 1 })
  await writeDataset(join(project.root, '.attune', 'data'), dataset)

  const line = progressLine(io.err, io.isTty)
  try {
    const fetching = fetchingOn(line, io.signal)
    const baseName = baseModelOf(project)
    const base = await ensureModel(baseName, fetching)
    const tensorFlow = await ensureTensorFlow(fetching).catch((error: unknown) => {
      if (!(error instanceof PlatformUnsupported)) throw error
      line.keep(error.message)
      return null
    })
    const outcome = await train({
      examples: dataset, base, tensorFlow, outFolder: modelsFolder(project), options: chosen,
      naming: {
        name: `${project.config.assistantId} commands`, baseName, baseModel: knownBases[baseName]?.hub,
        baseLicense: knownBases[baseName]?.license ?? 'other', language: project.config.language,
      },
      report: trainReport(line), signal: io.signal, now: Date.now,
    })
    if (outcome.kind === 'stopped' || isTrial) return { outcome, dataset }
    if (withEncoder) await addHead(project, dataset, outcome.folder, line, fetching.report, io.signal)
    await calibrate(project, dataset.dev, outcome.folder, line, fetching.report, io.signal)
    await setCurrentModel(project, outcome.id)
    return { outcome, dataset }
  } finally {
    line.clear()
  }
}
