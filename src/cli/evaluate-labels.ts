import { resolve } from 'node:path'
import { readLabelled } from '../dataset/labelled.js'
import { bar, percent, progressLine } from '../terminal/progress.js'
import { embedAll, rowOf } from '../train/classifier.js'
import { labelFigures, type Judgement, type LabelFigures } from '../understand/label-figures.js'
import { readLabelModel, verdictOf } from '../understand/label-model.js'
import type { Io } from './command.js'
import { fetchingOn } from './fetch-progress.js'
import { NoTrainedModel } from './models.js'
import { longest } from './train-labels.js'
import { openTunedEncoder } from './tuned-encoder.js'

export type LabelEvaluation = { readonly figures: LabelFigures; readonly judged: readonly Judgement[]; readonly milliseconds: number }

/** What a model of labels makes of a file of messages with their labels. Throws NoTrainedModel, BadDataFile, BadModelFile. */
export const evaluateLabels = async (dataset: string, folder: string, io: Io): Promise<LabelEvaluation> => {
  const line = progressLine(io.err, io.isTty)
  const fetching = fetchingOn(line, io.signal)
  try {
    const rows = await readLabelled(resolve(io.cwd, dataset))
    const model = await readLabelModel(folder)
    if (model === null) throw new NoTrainedModel(folder, `${folder} holds no labels.json.`)
    const { config, pieces, encoder, dispose } = await openTunedEncoder(model.encoder, folder, fetching)
    try {
      const begun = performance.now()
      const embeddings = await embedAll(encoder, rows.map(({ text }) => pieces.encode(text, longest)), pieces.padding,
        (done, of) => { line.show(`Reading messages ${bar(done / of, 24)} ${done}/${of}`) }, io.signal)
      const judged = rows.map((given, row): Judgement => ({ ...given, verdict: verdictOf(model, rowOf(embeddings, row, config.hidden)) }))
      return { figures: labelFigures(judged, model.labels, model.outOfScope), judged, milliseconds: (performance.now() - begun) / rows.length }
    } finally {
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
