import { resolve } from 'node:path'
import { placesOf, readTranscripts } from '../dataset/transcript.js'
import { bar, percent, progressLine } from '../terminal/progress.js'
import { conversationFigures, type ConversationFigures, type ReadPlace, type Share } from '../understand/conversation-figures.js'
import type { Io } from './command.js'
import { openConversationModel } from './conversation-model.js'
import { fetchingOn } from './fetch-progress.js'

export type TranscriptEvaluation = { readonly figures: ConversationFigures; readonly read: readonly ReadPlace[]; readonly milliseconds: number }

/** What a model of conversations reads in a file of transcripts, before each call and after each first request. Throws NoTrainedModel, BadDataFile, BadModelFile. */
export const evaluateTranscripts = async (transcripts: string, folder: string, io: Io): Promise<TranscriptEvaluation> => {
  const line = progressLine(io.err, io.isTty)
  const fetching = fetchingOn(line, io.signal)
  try {
    const places = (await readTranscripts(resolve(io.cwd, transcripts))).flatMap(placesOf)
    const model = await openConversationModel(folder, fetching)
    try {
      const begun = performance.now()
      const readings = await model.readAll(places.map(({ before }) => before), (done, of) => { line.show(`Reading conversations ${bar(done / of, 24)} ${done}/${of}`) }, io.signal)
      const read = places.flatMap((place, at): ReadPlace[] => {
        const reading = readings[at]
        return reading === undefined ? [] : [{ place, reading }]
      })
      return { figures: conversationFigures(read), read, milliseconds: (performance.now() - begun) / places.length }
    } finally {
      model.dispose()
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
