import { relative, resolve } from 'node:path'
import { buildDataset, type Dataset } from '../dataset/build.js'
import { coverageCells } from '../dataset/coverage.js'
import type { Dialogue } from '../dataset/dialogues.js'
import { groupsOf, jaccard, normalised, shinglesOf } from '../dataset/duplicates.js'
import type { Example } from '../dataset/example.js'
import { readLabelledLines, type LabelledText } from '../dataset/labelled.js'
import { ensureEncoder } from '../fetch/ensure-encoder.js'
import { bertGguf } from '../model/bert-gguf.js'
import type { Project } from '../project/types.js'
import { bar, progressLine, type ProgressLine } from '../terminal/progress.js'
import { nearestAmong, topicsBeyond, type Embeddings } from '../understand/alike.js'
import { doubtOptions, doubtsOf, judgeableTexts, type Doubt, type Judgeable } from '../understand/doubts.js'
import { embedded, labelsOf, samplesOf } from '../understand/head-training.js'
import { withEncoder } from '../understand/own-encoder.js'
import type { Io } from './command.js'
import type { Across, Contradiction, DoctorReport, Spot, Suspect } from './doctor-report.js'
import { fetchingOn } from './fetch-progress.js'
import { taskOf } from './second-opinion.js'

/** Two sentences as near as this mean the same in all but a word; so do two that share so many of their words and pairs of words. */
const [sameMeaning, sameWords] = [0.95, 0.8]
const isNearDuplicate = (one: string, other: string, cosine: number): boolean =>
  cosine >= sameMeaning || jaccard(shinglesOf(normalised(one)), shinglesOf(normalised(other))) >= sameWords

type Placed = Spot & { readonly text: string }

/** Looks through a file of labelled messages, and whether what `dev` measures on was nearly learned. */
export const examineLabels = async (dataset: string, dev: string, io: Io): Promise<DoctorReport> => {
  const read = async (file: string): Promise<readonly (Placed & LabelledText)[]> =>
    (await readLabelledLines(resolve(io.cwd, file))).map((row) => ({ ...row, file: relative(io.cwd, resolve(io.cwd, file)) }))
  const rows = await read(dataset)
  const measured = dev === '' ? [] : await read(dev)
  const labels = [...new Set(rows.map(({ label }) => label))].sort()
  return onLine(io, async (line) => {
    const embeddings = await embeddingsOf([...rows, ...measured].map(({ text }) => text), line, io.signal)
    const groups = groupsOf(rows.map(({ text }) => normalised(text)))
    const judgeable = judgeableTexts(rows, labels, embeddings, (text) => groups.get(normalised(text)) ?? text)
    const doubts = labels.length < 2 ? [] : await judged(judgeable, labels.length, line, io.signal)
    return {
      messages: rows.length, labels: labels.length,
      contradictions: contradictionsOf(rows),
      across: acrossOf(measured.map((row) => ({ ...row, part: 'dev' })), rows, embeddings),
      ...suspects(doubts, rows, labels),
      empty: [], topics: [],
    }
  })
}

/** Looks through everything that a project learns from. */
export const examineProject = async (project: Project, dialogues: readonly Dialogue[], seed: number, io: Io): Promise<DoctorReport> => {
  const dataset = buildDataset(project, dialogues, { seed })
  const { train, further, dev, test, heldOut, report } = dataset
  const learnable = [...train, ...further, ...dev, ...test]
  const written = firstOfEach(learnable.filter(({ origin }) => origin.kind !== 'augmented'))
  const said = strangeMessages(dialogues, dataset)
  const task = taskOf(project)
  const labels = labelsOf(written, task) ?? []
  return onLine(io, async (line) => {
    const embeddings = await embeddingsOf([...learnable, ...heldOut].map(({ message }) => message).concat(said.map(({ text }) => text)), line, io.signal)
    const rows = written.map((example) => ({ ...placedOf(example), group: example.group, samples: samplesOf(example, task, embeddings.get(example.message) ?? new Float32Array(0), labels) }))
    const doubts = labels.length === 0 ? [] : await judged(rows, labels.length, line, io.signal)
    const requests = (examples: readonly Example[], part: string): readonly (Placed & { readonly part: string })[] =>
      firstOfEach(examples.filter(({ commands }) => commands.some(({ command }) => command === 'start flow'))).map((example) => ({ ...placedOf(example), part }))
    const served = [...new Set(learnable.filter((example) => !isRefusal(example)).map(({ message }) => message))]
    return {
      messages: written.length, labels: labels.length,
      contradictions: report.conflicts.map(({ message, kept, left }): Contradiction => ({
        text: message, labels: [kept, left].map(({ completion, origin: { file, line: at } }) => ({ file, line: at, label: completion.replaceAll('\n', '; ') })),
      })),
      across: acrossOf([...requests(dev, 'dev'), ...requests(test, 'test'), ...requests(heldOut, 'held out')], requests(train, 'train'), embeddings),
      ...suspects(doubts, rows, labels),
      empty: coverageCells(project, learnable).filter(({ found }) => found === 0).map(({ flow, kind, found }) => ({ what: `${flow}: ${kind}`, found })),
      topics: topicsBeyond(said.map(({ text }) => text), served, embeddings)
        .map(({ messages }) => ({ messages: messages.flatMap((message) => said.find(({ text }) => text === message) ?? []) })),
    }
  })
}

const onLine = async <T>(io: Io, work: (line: ProgressLine) => Promise<T>): Promise<T> => {
  const line = progressLine(io.err, io.isTty)
  try {
    return await work(line)
  } finally {
    line.clear()
  }
}

const embeddingsOf = async (texts: readonly string[], line: ProgressLine, signal: AbortSignal): Promise<Embeddings> => {
  const distinct = [...new Set(texts)]
  const path = await bertGguf(await ensureEncoder(fetchingOn(line, signal)))
  let read = 0
  return withEncoder(path, ({ embed }) => embedded(distinct, (message) => {
    read += 1
    line.show(`Reading messages with the sentence encoder ${bar(read / distinct.length, 24)} ${read}/${distinct.length}`)
    return embed(message)
  }, signal))
}

const judged = (rows: readonly Judgeable[], labels: number, line: ProgressLine, signal: AbortSignal): Promise<readonly Doubt[]> =>
  doubtsOf(rows, labels, doubtOptions, { signal, report: (done, of) => { line.show(`Judging each part by the others ${bar(done / of, 24)} ${done}/${of}`) } })

const suspects = (doubts: readonly Doubt[], rows: readonly Placed[], labels: readonly string[]): Pick<DoctorReport, 'mislabels' | 'doubtful'> => {
  const suspectOf = ({ row, given, likely, ofGiven, ofLikely }: Doubt): readonly Suspect[] => {
    const found = rows[row]
    return found === undefined ? [] : [{ file: found.file, line: found.line, text: found.text, label: labels[given] ?? '', likely: labels[likely] ?? '', ofLabel: ofGiven, ofLikely }]
  }
  return { mislabels: doubts.filter(({ isLikelyWrong }) => isLikelyWrong).flatMap(suspectOf), doubtful: doubts.flatMap(suspectOf) }
}

/** The same sentence, marks and case aside, with more than one label. */
const contradictionsOf = (rows: readonly (Placed & LabelledText)[]): readonly Contradiction[] => {
  const bySentence = new Map<string, (Placed & LabelledText)[]>()
  for (const row of rows) bySentence.set(normalised(row.text), [...bySentence.get(normalised(row.text)) ?? [], row])
  return [...bySentence.values()].filter((same) => new Set(same.map(({ label }) => label)).size > 1)
    .map((same) => ({ text: same[0]?.text ?? '', labels: same.map(({ file, line, label }) => ({ file, line, label })) }))
}

const acrossOf = (measured: readonly (Placed & { readonly part: string })[], learned: readonly Placed[], embeddings: Embeddings): readonly Across[] => {
  const spotOf = new Map(learned.map((one) => [one.text, one]))
  const near = nearestAmong(measured.map(({ text }) => text), [...spotOf.keys()], embeddings)
  return near.flatMap(({ nearest, cosine }, at): readonly Across[] => {
    const [one, other] = [measured[at], spotOf.get(nearest)]
    if (one === undefined || other === undefined || !isNearDuplicate(one.text, nearest, cosine)) return []
    return [{ ...one, other: { file: other.file, line: other.line, text: other.text, part: 'train' }, likeness: cosine }]
  }).sort((left, right) => right.likeness - left.likeness)
}

const placedOf = ({ message, origin: { file, line } }: Example): Placed => ({ file, line, text: message })

/** A sentence stands in many places of a data set; one is enough to judge it. */
const firstOfEach = (examples: readonly Example[]): readonly Example[] =>
  [...new Map([...examples].reverse().map((example) => [`${example.origin.file}:${example.origin.line} ${example.message}`, example])).values()].reverse()

const isRefusal = ({ commands }: Example): boolean => commands.every(({ command }) => command === 'cannot handle')

/** What users said in transcripts that was not understood, or that nothing could be done about. */
const strangeMessages = (dialogues: readonly Dialogue[], { report, train, further, dev, test }: Dataset): readonly Placed[] => {
  const key = ({ file, line }: Spot): string => `${file}:${line}`
  const refused = new Set([
    ...report.transcripts.unaligned.map(key),
    ...[...train, ...further, ...dev, ...test].filter(isRefusal).map(({ origin }) => key(origin)),
  ])
  return dialogues.filter(({ source }) => source === 'transcript').flatMap(({ turns }) => turns.flatMap((turn) =>
    (turn.who === 'user' && refused.has(key(turn.place)) ? [{ file: turn.place.file, line: turn.place.line, text: turn.text }] : [])))
}
