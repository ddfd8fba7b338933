import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { randomOf, type Random } from '../dataset/random.js'
import { slotKindsOf } from '../dataset/slot-kinds.js'
import { placesOf, readTranscripts, withoutRepeats, type Known, type ReadingPlace } from '../dataset/transcript.js'
import { ensureEncoder, type EncoderName } from '../fetch/ensure-encoder.js'
import { replaceFile } from '../fetch/replace-file.js'
import { writePeft } from '../model/adapters/peft.js'
import { encoderPlaces, encoderTargets } from '../model/encoder/encoder-weights.js'
import { openEncoderFolder, type OpenEncoder } from '../model/encoder/open-encoder.js'
import { createSlotHead } from '../model/encoder/slot-head.js'
import { createLora, weightsOfLora } from '../model/lora.js'
import type { Precision } from '../model/matrix.js'
import { progressLine, type ProgressLine } from '../terminal/progress.js'
import { trainReader, type ReaderOptions } from '../train/reader.js'
import { contextsOf, exampleOf, planOf, writeConversationModel, type ConversationQuestions } from '../understand/conversation-model.js'
import type { Io } from './command.js'
import { fetchingOn } from './fetch-progress.js'
import { openedPrecision, runFile, tuningShown, wasTrained } from './tuned-encoder.js'

export type TranscriptJob = { readonly transcripts: string; readonly out: string; readonly encoder: EncoderName; readonly options: ReaderOptions }

export type TranscriptRun = { readonly flows: number; readonly slots: number; readonly places: number; readonly seconds: number }

/**
 * Tunes a sentence encoder to read from a conversation which flow it is about and what the flow's slots hold, and writes it to `out`: `adapter/` in
 * PEFT's format, `conversation.json`, `questions.safetensors`, and last `run.json`. Returns null where the same was trained before.
 */
export const trainTranscripts = async (job: TranscriptJob, io: Io): Promise<TranscriptRun | null> => {
  const line = progressLine(io.err, io.isTty)
  const fetching = fetchingOn(line, io.signal)
  try {
    const places = (await readTranscripts(resolve(io.cwd, job.transcripts))).flatMap((transcript) => withoutRepeats(placesOf(transcript)))
    const out = resolve(io.cwd, job.out)
    const precision = await openedPrecision(fetching)
    const fingerprint = createHash('sha256').update(JSON.stringify([trainingVersion, places, job.encoder, job.options, precision])).digest('hex')
    if (await wasTrained(out, fingerprint)) return null
    const encoder = await openEncoderFolder(await ensureEncoder(fetching, job.encoder), precision)
    try {
      const run = await tuned(encoder, places, { ...job, out }, precision, line, io.signal)
      await replaceFile(runFile(out), (handle) => handle.writeFile(`${JSON.stringify({ fingerprint, ...job, ...run }, null, 2)}\n`))
      return run
    } finally {
      encoder.dispose()
    }
  } finally {
    line.clear()
  }
}

const tuned = async (
  { config, pieces, with: encoderWith }: OpenEncoder, places: readonly ReadingPlace[], { out, encoder: name, options }: TranscriptJob,
  precision: Precision, line: ProgressLine, signal: AbortSignal,
): Promise<TranscriptRun & { readonly losses: readonly number[] }> => {
  const start = Date.now()
  const asked: ConversationQuestions = { encoder: name, hidden: config.hidden, flows: [...new Set(places.map(({ flow }) => flow))].sort(), slots: slotKindsOf(places) }
  const plan = planOf(asked)
  const contextOf = contextsOf(asked, pieces)
  const random = randomOf(options.seed, 'known')
  const examples = places.map((place) => exampleOf(asked, plan, pieces, contextOf(place.before, forgetful(place.known, random)), place))
  const lora = createLora(encoderPlaces(config), { ...options, fromLayer: 0, targets: encoderTargets(config) }, precision, randomOf(options.seed, 'lora').next)
  const head = createSlotHead(plan.questions)
  try {
    const losses: number[] = []
    await trainReader({
      encoder: encoderWith(lora.adapter), variables: lora.parts.flatMap(({ down, up }) => [down, up]), head, padding: pieces.padding, examples, options, signal,
      report: tuningShown(line, name, losses),
    })
    await writePeft(join(out, 'adapter'), weightsOfLora(lora), { baseModel: `sentence-transformers/${name}`, of: 'encoder' })
    await writeConversationModel(out, asked, head.numbers())
    return { flows: asked.flows.length, slots: asked.slots.length, places: places.length, seconds: (Date.now() - start) / 1000, losses }
  } finally {
    lora.dispose()
    head.dispose()
  }
}

/** Of what is known, some is forgotten: what was said must be read all the same, since at work what is known may be wrong. */
const forgetful = (known: readonly Known[], random: Random): readonly Known[] =>
  known.map(({ flow, slots }) => ({ flow, slots: Object.fromEntries(Object.entries(slots).filter(() => !random.chance(forgotten))) }))
const forgotten = 0.15

const trainingVersion = 1
