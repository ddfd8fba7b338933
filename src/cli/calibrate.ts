import { stat } from 'node:fs/promises'
import type { Example } from '../dataset/example.js'
import { randomOf } from '../dataset/random.js'
import type { Report } from '../fetch/progress.js'
import type { Project } from '../project/types.js'
import { bar, type ProgressLine } from '../terminal/progress.js'
import { fittedCertainty, writeCertainty } from '../understand/certainty.js'
import { isExact } from '../understand/measurement.js'
import { outcomesOf } from './measure.js'
import { certaintyFile, findModel } from './models.js'

/** Messages are decoded one by one, so a part of dev has to do. */
const mostExamples = 300

/** Finds out on dev what the probabilities of a trained model are worth, and notes it beside it. Does nothing where that was done before. */
export const calibrate = async (project: Project, dev: readonly Example[], folder: string, line: ProgressLine, report: Report, signal: AbortSignal): Promise<void> => {
  if (await stat(certaintyFile(folder)).catch(() => null) !== null) return
  const model = await (await findModel(project, folder, report)).openModel()
  try {
    const some = randomOf('calibration').shuffled(dev).slice(0, mostExamples)
    const outcomes = await outcomesOf(project, some, model, signal, (done, of) => { line.show(`Finding out how sure it may be ${bar(done / of, 24)} ${done}/${of}`) })
    await writeCertainty(certaintyFile(folder), fittedCertainty(outcomes.map((outcome) => ({ confidence: outcome.prediction.probability, right: isExact(outcome) }))))
  } finally {
    await model.dispose()
  }
}
