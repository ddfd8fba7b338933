import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ReadingPlace } from '../dataset/transcript.js'
import type { FetchOptions } from '../fetch/cache.js'
import { messagesOf } from '../model/encoder/encoder.js'
import { createSlotHead } from '../model/encoder/slot-head.js'
import { answerAll, answersTo } from '../train/reader.js'
import { contextsOf, conversationFile, planOf, readConversationModel, readingFrom, type ConversationReading } from '../understand/conversation-model.js'
import { conversationUnderstander, type ReadConversation } from '../understand/conversation-understander.js'
import type { Understander } from '../understand/understanding.js'
import { NoTrainedModel } from './models.js'
import { openTunedEncoder } from './tuned-encoder.js'

export type OpenConversationModel = {
  readonly read: ReadConversation
  /** Many conversations in their order, those of like length read together. */
  readonly readAll: (places: readonly Pick<ReadingPlace, 'before' | 'known'>[], report: (done: number, total: number) => void, signal: AbortSignal) => Promise<readonly ConversationReading[]>
  readonly version: string
  readonly dispose: () => void
}

/** Whether a folder holds what attune train --transcripts writes. */
export const isConversationModel = async (folder: string): Promise<boolean> => (await stat(conversationFile(folder)).catch(() => null)) !== null

/** Opens what attune train --transcripts wrote; fetches encoder and TensorFlow where they are missing. Throws NoTrainedModel, BadModelFile, and what fetching throws. */
export const openConversationModel = async (folder: string, fetching: FetchOptions): Promise<OpenConversationModel> => {
  const model = await readConversationModel(folder)
  if (model === null) throw new NoTrainedModel(folder, `${folder} holds no conversation.json.`)
  const { asked, numbers } = model
  const { pieces, encoder, dispose } = await openTunedEncoder(asked.encoder, folder, fetching)
  const plan = planOf(asked)
  const head = createSlotHead(plan.questions, numbers)
  return {
    version: `${basename(folder)}-${createHash('sha256').update(JSON.stringify(asked)).update(new Uint8Array(numbers.classShared.buffer)).digest('hex').slice(0, 8)}`,
    read: (before, known) => {
      const context = contextsOf(asked, pieces)(before, known)
      const [answer = { choices: [], starts: [], ends: [] }] = answersTo(encoder, head, messagesOf([context], pieces.padding))
      return (flow) => readingFrom(asked, plan, pieces, answer, context, before, flow)
    },
    readAll: async (places, report, signal) => {
      const contextOf = contextsOf(asked, pieces)
      const contexts = places.map(({ before, known }) => contextOf(before, known))
      const readings: ConversationReading[] = []
      await answerAll(encoder, head, pieces.padding, contexts, (at, answer) => { readings[at] = readingFrom(asked, plan, pieces, answer, contexts[at] ?? [], places[at]?.before ?? []) }, report, signal)
      return readings
    },
    dispose: () => {
      head.dispose()
      dispose()
    },
  }
}

/** The same as the ears of a project. */
export const openConversationUnderstander = async (folder: string, fetching: FetchOptions): Promise<Understander> => {
  const { version, read, dispose } = await openConversationModel(folder, fetching)
  return conversationUnderstander(version, read, dispose)
}
