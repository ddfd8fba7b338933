/**
 * How well conversations are read, side by side: attune's tuned encoder with its questions, the same encoder frozen with a linear head over the
 * conversation so far (scikit-learn), and the untuned base model that may only start one of the flows. Run:
 *   ATTUNE_REFERENCE_PYTHON=/path/to/python npm run bench:transcripts -- --train FILE --test FILE [--out FOLDER]
 * The Python needs torch, transformers and scikit-learn; without it that row is left out.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { evaluateTranscripts } from '../src/cli/evaluate-transcripts.js'
import { trainTranscripts } from '../src/cli/train-transcripts.js'
import { placesOf, readTranscripts, withoutRepeats, type ReadingPlace, type Transcript } from '../src/dataset/transcript.js'
import { ensureEncoder } from '../src/fetch/ensure-encoder.js'
import { readerOptions } from '../src/train/reader.js'
import { callBefore } from '../src/understand/conversation-figures.js'
import type { Share } from '../src/understand/share.js'
import { untunedRight } from './untuned.js'

const { values: given } = parseArgs({ options: { train: { type: 'string', default: '' }, test: { type: 'string', default: '' }, out: { type: 'string', default: 'conversation-model' } } })
const { train, test, out } = given
if (train === '' || test === '') throw new Error('Give --train FILE and --test FILE')
const encoder = 'all-minilm-l6-v2'
const signal = new AbortController().signal
const err = (text: string): void => { process.stderr.write(text) }
const io = { out: err, err, isTty: false, colour: false, cwd: process.cwd(), env: process.env, signal }
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const written = ({ share, margin }: Share): string => `${percent(share)} ± ${(margin * 100).toFixed(1)}`

type Row = readonly [name: string, atCall: string, atNewCall: string, atRequest: string, slots: string, remark: string]

const tuned = async (): Promise<Row> => {
  const run = await trainTranscripts({ transcripts: train, out, encoder, options: readerOptions }, io)
  const { figures: { calls, newCalls, requests, slots }, milliseconds } = await evaluateTranscripts(test, resolve(out), io)
  const remark = `${run === null ? 'trained before' : `trained in ${Math.round(run.seconds)} s`}, ${milliseconds.toFixed(0)} ms a place read 16 at once; ${calls.of} calls, ${newCalls.of} that begin a flow, ${requests.of} requests, ${slots.of} slots`
  return ['attune: encoder tuned', `**${written(calls)}**`, written(newCalls), written(requests), `**${written(slots)}**`, remark]
}

// Both others are told all that was said so far, the newest first.
const isRequest = ({ slots }: ReadingPlace): boolean => slots === null
const beginsFlow = (place: ReadingPlace): boolean => place.slots !== null && callBefore(place) !== place.flow
const toldIn = ({ before }: ReadingPlace): string => before.flatMap((turn) => (turn.from === 'user' || turn.from === 'agent' ? [turn.text] : [])).reverse().join(' ')
const rowsOf = (transcripts: readonly Transcript[], wanted: (place: ReadingPlace) => boolean): readonly { readonly text: string; readonly label: string }[] =>
  transcripts.flatMap((transcript) => withoutRepeats(placesOf(transcript))).filter(wanted).map((place) => ({ text: toldIn(place), label: place.flow }))

const [learned, asked] = [await readTranscripts(train), await readTranscripts(test)]

const frozen = async (): Promise<readonly Row[]> => {
  const python = process.env['ATTUNE_REFERENCE_PYTHON']
  if (python === undefined) return []
  const folder = mkdtempSync(join(tmpdir(), 'attune-bench-'))
  const model = await ensureEncoder({}, encoder)
  const right = (wanted: (place: ReadingPlace) => boolean): string => {
    for (const [name, transcripts] of [['train', learned], ['test', asked]] as const) {
      writeFileSync(join(folder, `${name}.jsonl`), rowsOf(transcripts, name === 'train' ? (place) => isRequest(place) || beginsFlow(place) : wanted).map((row) => JSON.stringify(row)).join('\n'))
    }
    const { stdout, status } = spawnSync(python, ['bench/labels_reference.py', model, join(folder, 'train.jsonl'), join(folder, 'test.jsonl'), '0', '1', ''], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    if (status !== 0) throw new Error(`bench/labels_reference.py ended with ${status}`)
    return percent((JSON.parse(stdout) as { readonly accuracy: number }).accuracy)
  }
  return [['encoder frozen, logistic regression', '-', right(beginsFlow), right(isRequest), '-', 'reads 96 word pieces; says no slots']]
}

const untuned = async (): Promise<Row> => {
  const { share, of } = await untunedRight([...new Set(learned.flatMap(({ tasks }) => tasks))].sort(), rowsOf(asked, isRequest), signal)
  return ['base model untuned, may start these flows only', '-', '-', percent(share), '-', `${of} of the requests`]
}

const rows: readonly Row[] = [await tuned(), ...await frozen(), await untuned()]
process.stdout.write(`${basename(train)}; measured on ${basename(test)}\n\n`)
process.stdout.write('| | right flow at the call | at calls that begin a flow | at the first request | slot values at the call | |\n|---|--:|--:|--:|--:|---|\n')
for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`)
