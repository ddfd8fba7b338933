import { join, resolve } from 'node:path'
import { readLabelled } from '../dataset/labelled.js'
import { ensureEncoder } from '../fetch/ensure-encoder.js'
import { ensureTensorFlow } from '../fetch/ensure-tensorflow.js'
import { readPeft } from '../model/adapters/peft.js'
import { openEncoderFolder } from '../model/encoder/open-encoder.js'
import { encoderPlaces } from '../model/encoder/encoder-weights.js'
import { loadLora } from '../model/lora.js'
import { fastFloat } from '../tensor/cpu.js'
import { openTensors } from '../tensor/open.js'
import { bar, percent, progressLine } from '../terminal/progress.js'
import { embedAll, rowOf } from '../train/classifier.js'
import { labelFigures, type Judgement, type LabelFigures } from '../understand/label-figures.js'
import { readLabelModel, verdictOf } from '../understand/label-model.js'
import type { Io } from './command.js'
import { fetchingOn } from './fetch-progress.js'
import { NoTrainedModel } from './models.js'
import { longest } from './train-labels.js'

export type LabelEvaluation = { readonly figures: LabelFigures; readonly judged: readonly Judgement[]; readonly milliseconds: number }

/** What a model of labels makes of a file of messages with their labels. Throws NoTrainedModel, BadDataFile, BadModelFile. */
export const evaluateLabels = async (dataset: string, folder: string, io: Io): Promise<LabelEvaluation> => {
  const line = progressLine(io.err, io.isTty)
  const fetching = fetchingOn(line, io.signal)
  try {
    const rows = await readLabelled(resolve(io.cwd, dataset))
    const model = await readLabelModel(folder)
    if (model === null) throw new NoTrainedModel(folder, `${folder} holds no labels.json.`)
    const adapter = await readPeft(join(folder, 'adapter'), 'encoder')
    const backend = await openTensors(await ensureTensorFlow(fetching))
    const precision = fastFloat(backend.isUsingGpuDevice)
    const { config, pieces, with: encoderWith, dispose } = await openEncoderFolder(await ensureEncoder(fetching, model.encoder), precision)
    const lora = loadLora(encoderPlaces(config), adapter, precision)
    try {
      const begun = performance.now()
      const embeddings = await embedAll(encoderWith(lora.adapter), rows.map(({ text }) => pieces.encode(text, longest)), pieces.padding,
        (done, of) => { line.show(`Reading messages ${bar(done / of, 24)} ${done}/${of}`) }, io.signal)
      const judged = rows.map((given, row): Judgement => ({ ...given, verdict: verdictOf(model, rowOf(embeddings, row, config.hidden)) }))
      return { figures: labelFigures(judged, model.labels, model.outOfScope), judged, milliseconds: (performance.now() - begun) / rows.length }
    } finally {
      lora.dispose()
      dispose()
    }
  } finally {
    line.clear()
  }
}

/** The figures as people read them. */
export const labelFiguresText = ({ messages, accuracy, margin, inScope, outOfScope, unknown, calibrationError, confusions }: LabelFigures): string => [
  `${messages} messages: ${percent(accuracy)} ± ${(margin * 100).toFixed(1)} right, calibration error ${calibrationError.toFixed(3)}`,
  ...(outOfScope === null ? [] : [
    `in scope (${inScope.messages}): ${percent(inScope.accuracy)} right`,
    `out of scope (${outOfScope.messages}): ${percent(outOfScope.recall)} found; of those taken for it ${percent(outOfScope.precision)} are`,
  ]),
  ...(unknown === 0 ? [] : [`${unknown} messages have labels that the model was not trained on`]),
  ...(confusions.length === 0 ? [] : ['most often mistaken:', ...confusions.slice(0, 10).map(({ label, given, count }) => `  ${label} for ${given}: ${count}`)]),
].join('\n')
