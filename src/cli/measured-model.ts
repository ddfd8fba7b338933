import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from '../dataset/build.js'
import { isMissing } from '../fetch/cache.js'
import { replaceFile } from '../fetch/replace-file.js'
import type { Project } from '../project/types.js'
import { bar, progressLine } from '../terminal/progress.js'
import type { Measurement } from '../understand/measurement.js'
import type { Io } from './command.js'
import { measureExamples, measurementTable } from './measure.js'
import type { Model } from './models.js'

/** What a model understands as it is served, with the base model beside it where that was measured too. */
export type Figures = { readonly model: string; readonly test: Measurement; readonly heldOut: Measurement }

const fileOf = (model: Model): string => join(model.folder, 'evaluation.json')

/** Figures of this very model that were measured before, or null. */
export const readFigures = async (model: Model): Promise<Figures | null> => {
  try {
    const figures = JSON.parse(await readFile(fileOf(model), 'utf8')) as Figures
    return figures.model === model.version ? figures : null
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null
    throw error
  }
}

/** Measures test examples and held-out conversation turns, decoded as serving does. Kept beside a trained model. */
export const measureModel = async (project: Project, dataset: Pick<Dataset, 'test' | 'heldOut'>, model: Model, io: Io): Promise<Figures> => {
  const line = progressLine(io.err, io.isTty)
  const opened = await model.openModel()
  try {
    const showing = (what: string) => (done: number, of: number): void => line.show(`Measuring ${what} ${bar(done / of, 24)} ${done}/${of}`)
    const figures: Figures = {
      model: model.version,
      test: await measureExamples(project, dataset.test, opened, io.signal, showing('test examples')),
      heldOut: await measureExamples(project, dataset.heldOut, opened, io.signal, showing('held-out turns')),
    }
    if (model.folder !== '') await replaceFile(fileOf(model), (handle) => handle.writeFile(`${JSON.stringify(figures, null, 2)}\n`))
    return figures
  } finally {
    line.clear()
    await opened.dispose()
  }
}

export const figuresTable = (figures: readonly Figures[]): string =>
  measurementTable(figures.flatMap(({ model, test, heldOut }) => [
    { title: `${model}: test`, measured: test },
    { title: 'held-out turns', measured: heldOut },
  ]))
