import { resolve } from 'node:path'
import { knownAfter, placesOf, readTranscripts, type Known, type ReadingPlace } from '../dataset/transcript.js'
import { bar, percent, progressLine } from '../terminal/progress.js'
import { conversationFigures, type ConversationFigures, type ReadPlace } from '../understand/conversation-figures.js'
import type { Share } from '../understand/share.js'
import type { Io } from './command.js'
import { openConversationModel } from './conversation-model.js'
import { fetchingOn } from './fetch-progress.js'

export type TranscriptEvaluation = { readonly figures: ConversationFigures; readonly read: readonly ReadPlace[]; readonly milliseconds: number }

/** The places of one conversation, and what the model itself has read at the calls up to now: it is never told what they held. */
type Talk = { readonly places: readonly ReadingPlace[]; known: readonly Known[] }

/** What a model of conversations reads in a file of transcripts, before each call and after each first request. Throws NoTrainedModel, BadDataFile, BadModelFile. */
export const evaluateTranscripts = async (transcripts: string, folder: string, io: Io): Promise<TranscriptEvaluation> => {
  const line = progressLine(io.err, io.isTty)
  const fetching = fetchingOn(line, io.signal)
  try {
    const talks = (await readTranscripts(resolve(io.cwd, transcripts))).map((transcript): Talk => ({ places: placesOf(transcript), known: [] }))
    const model = await openConversationModel(folder, fetching)
    try {
      const begun = performance.now()
      const read: ReadPlace[] = []
      const total = talks.reduce((sum, { places }) => sum + places.length, 0)
      for (let round = 0; round < Math.max(...talks.map(({ places }) => places.length)); round += 1) {
        const asked = talks.flatMap((talk) => talk.places.slice(round, round + 1).map((place) => ({ talk, place })))
        const readings = await model.readAll(asked.map(({ talk, place }) => ({ before: place.before, known: talk.known })), (done) => {
          line.show(`Reading conversations ${bar((read.length + done) / total, 24)} ${read.length + done}/${total}`)
        }, io.signal)
        for (const [at, { talk, place }] of asked.entries()) {
          const reading = readings[at]
          if (reading === undefined) continue
          read.push({ place, reading })
          if (place.slots !== null) talk.known = knownAfter(talk.known, reading)
        }
      }
      return { figures: conversationFigures(read), read, milliseconds: (performance.now() - begun) / total }
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
