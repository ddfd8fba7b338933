/**
 * How much planted label noise `attune data doctor` finds, and how much of what it calls likely wrong was planted. Run:
 *   npm run bench:doctor -- [FILE ...] [--noise 0.05] [--rows NUMBER]
 * `--rows` draws so many of each file. The files hold lines {"text", "label"}; without any, BANKING77 and CLINC150 are taken from ../shared/data. Noise is drawn by a fixed seed: to any other
 * label, or to the one whose messages are nearest on average, as somebody who labels in a hurry would.
 */
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { normalised } from '../src/dataset/duplicates.js'
import { readLabelled, type LabelledText } from '../src/dataset/labelled.js'
import { randomOf } from '../src/dataset/random.js'
import { ensureEncoder } from '../src/fetch/ensure-encoder.js'
import { bertGguf } from '../src/model/bert-gguf.js'
import { doubtOptions, doubtsOf, judgeableTexts } from '../src/understand/doubts.js'
import { embedded } from '../src/understand/head-training.js'
import { cosinesWith } from '../src/understand/neighbours.js'
import { withEncoder } from '../src/understand/own-encoder.js'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { noise: { type: 'string', default: '0.05' }, rows: { type: 'string', default: '0' } } })
const noise = Number(values.noise)
const files = positionals.length > 0 ? positionals : ['banking77', 'clinc150'].map((name) => `${process.env['ATTUNE_SHARED_DATA'] ?? '../shared/data'}/${name}.train.jsonl`)
const signal = new AbortController().signal

type Embeddings = ReadonlyMap<string, Float32Array>
type Sort = 'any other label' | 'the nearest other label'

/** For each label the one whose messages are nearest on average. */
const nearestOf = (rows: readonly LabelledText[], labels: readonly string[], embeddings: Embeddings): ReadonlyMap<string, string> => {
  const size = embeddings.values().next().value?.length ?? 0
  const means = new Float32Array(labels.length * size)
  for (const { text, label } of rows) embeddings.get(text)?.forEach((value, at) => { means[labels.indexOf(label) * size + at] = (means[labels.indexOf(label) * size + at] ?? 0) + value })
  const directions = labels.map((_, at) => {
    const mean = means.subarray(at * size, (at + 1) * size)
    const length = Math.hypot(...mean)
    return mean.map((value) => value / length)
  })
  const all = Float32Array.from(directions.flatMap((direction) => [...direction]))
  return new Map(labels.map((label, at) => {
    const cosines = cosinesWith(all, directions[at] ?? new Float32Array(size))
    cosines[at] = -1
    return [label, labels[cosines.indexOf(Math.max(...cosines))] ?? label]
  }))
}

const planted = (rows: readonly LabelledText[], sort: Sort, labels: readonly string[], embeddings: Embeddings): { readonly noisy: readonly LabelledText[]; readonly wrong: ReadonlySet<number> } => {
  const random = randomOf('planted noise', sort)
  const wrong = new Set(random.shuffled([...rows.keys()]).slice(0, Math.round(rows.length * noise)))
  const near = nearestOf(rows, labels, embeddings)
  return {
    wrong,
    noisy: rows.map(({ text, label }, row) => {
      if (!wrong.has(row)) return { text, label }
      return { text, label: (sort === 'any other label' ? random.pick(labels.filter((other) => other !== label)) : near.get(label)) ?? label }
    }),
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
process.stdout.write('Found: the share of planted errors among the most doubtful tenth of all rows, and among the most doubtful twentieth. Likely wrong: rows that the doctor reports, how many of the planted errors are among them, and how many of them were planted; the data sets have errors of their own.\n\n')
process.stdout.write('| data | labels changed to | rows | planted | found in top 10 % | in top 5 % | likely wrong | of the planted | of these planted | reading, s | judging, s |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n')
for (const file of files) {
  const all = await readLabelled(file)
  const rows = values.rows === '0' ? all : randomOf('rows').shuffled(all).slice(0, Number(values.rows))
  const labels = [...new Set(rows.map(({ label }) => label))].sort()
  const begun = performance.now()
  const encoder = await bertGguf(await ensureEncoder({ signal }))
  const embeddings = await withEncoder(encoder, ({ embed }) => embedded([...new Set(rows.map(({ text }) => text))], embed, signal))
  const reading = (performance.now() - begun) / 1000
  for (const sort of ['any other label', 'the nearest other label'] as const) {
    const { noisy, wrong } = planted(rows, sort, labels, embeddings)
    const start = performance.now()
    const doubts = await doubtsOf(judgeableTexts(noisy, labels, embeddings, normalised), labels.length, doubtOptions, { report: () => undefined, signal })
    const judging = (performance.now() - start) / 1000
    const within = (share: number): number => doubts.slice(0, Math.floor(rows.length * share)).filter(({ row }) => wrong.has(row)).length / wrong.size
    const likely = doubts.filter(({ isLikelyWrong }) => isLikelyWrong)
    const right = likely.filter(({ row }) => wrong.has(row)).length
    process.stdout.write(`| ${basename(file)} | ${sort} | ${rows.length} | ${wrong.size} | **${percent(within(0.1))}** | ${percent(within(0.05))} | ${likely.length} | ${percent(right / wrong.size)} | ${percent(right / likely.length)} | ${reading.toFixed(0)} | ${judging.toFixed(0)} |\n`)
  }
}
