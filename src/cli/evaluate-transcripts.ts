import { join, resolve } from 'node:path'
import { placesOf, readTranscripts } from '../dataset/transcript.js'
import { ensureEncoder } from '../fetch/ensure-encoder.js'
import { ensureTensorFlow } from '../fetch/ensure-tensorflow.js'
import { readPeft } from '../model/adapters/peft.js'
import { encoderPlaces } from '../model/encoder/encoder-weights.js'
import { openEncoderFolder } from '../model/encoder/open-encoder.js'
import { createSlotHead } from '../model/encoder/slot-head.js'
import { loadLora } from '../model/lora.js'
import { fastFloat } from '../tensor/cpu.js'
import { openTensors } from '../tensor/open.js'
import { bar, percent, progressLine } from '../terminal/progress.js'
import { answerAll } from '../train/reader.js'
import { conversationFigures, type ConversationFigures, type ReadPlace, type Share } from '../understand/conversation-figures.js'
import { contextsOf, planOf, readConversationModel, readingFrom } from '../understand/conversation-model.js'
import type { Io } from './command.js'
import { fetchingOn } from './fetch-progress.js'
import { NoTrainedModel } from './models.js'

export type TranscriptEvaluation = { readonly figures: ConversationFigures; readonly read: readonly ReadPlace[]; readonly milliseconds: number }

/** What a model of conversations reads in a file of transcripts, before each call and after each first request. Throws NoTrainedModel, BadDataFile, BadModelFile. */
export const evaluateTranscripts = async (transcripts: string, folder: string, io: Io): Promise<TranscriptEvaluation> => {
  const line = progressLine(io.err, io.isTty)
  const fetching = fetchingOn(line, io.signal)
  try {
    const places = (await readTranscripts(resolve(io.cwd, transcripts))).flatMap(placesOf)
    const model = await readConversationModel(folder)
    if (model === null) throw new NoTrainedModel(folder, `${folder} holds no conversation.json.`)
    const { asked, numbers } = model
    const adapter = await readPeft(join(folder, 'adapter'), 'encoder')
    const backend = await openTensors(await ensureTensorFlow(fetching))
    const precision = fastFloat(backend.isUsingGpuDevice)
    const { config, pieces, with: encoderWith, dispose } = await openEncoderFolder(await ensureEncoder(fetching, asked.encoder), precision)
    const plan = planOf(asked)
    const lora = loadLora(encoderPlaces(config), adapter, precision)
    const head = createSlotHead(plan.questions, numbers)
    try {
      const begun = performance.now()
      const contextOf = contextsOf(asked, pieces)
      const contexts = places.map(({ before }) => contextOf(before))
      const read: ReadPlace[] = []
      await answerAll(encoderWith(lora.adapter), head, pieces.padding, contexts, (at, answer) => {
        const place = places[at]
        if (place !== undefined) read[at] = { place, reading: readingFrom(asked, plan, pieces, answer, contexts[at] ?? [], place.before) }
      }, (done, of) => { line.show(`Reading conversations ${bar(done / of, 24)} ${done}/${of}`) }, io.signal)
      return { figures: conversationFigures(read), read, milliseconds: (performance.now() - begun) / places.length }
    } finally {
      head.dispose()
      lora.dispose()
      dispose()
    }
  } finally {
    line.clear()
  }
}

const written = ({ of, share, margin }: Share): string => `${percent(share)} ± ${(margin * 100).toFixed(1)} of ${of}`

/** The figures as people read them. */
export const conversationFiguresText = ({ requests, calls, newCalls, slots, filled, whole, bySlot, confusions }: ConversationFigures): string => [
  `right flow at the call:         ${written(calls)}`,
  `  at calls that begin a flow:   ${written(newCalls)}`,
  `  at the first request already: ${written(requests)}`,
  `slot values at the call:        ${written(slots)}`,
  `  right among those filled:     ${written(filled)}`,
  `calls right in all:             ${written(whole)}`,
  'slots most often wrong:',
  ...bySlot.slice(0, 15).map((one) => `  ${one.flow} ${one.slot}: ${written(one)}`),
  ...(confusions.length === 0 ? [] : ['flows most often mistaken:', ...confusions.slice(0, 10).map(({ flow, given, count }) => `  ${flow} for ${given}: ${count}`)]),
].join('\n')
