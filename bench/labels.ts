/**
 * How well labels of messages are told apart, side by side: attune's tuned encoder, the same encoder frozen with a linear head
 * (scikit-learn), and the untuned base model that may only answer with a label. Run:
 *   ATTUNE_REFERENCE_PYTHON=/path/to/python npm run bench:labels -- --train FILE --dev FILE [--test FILE] [--shots 10] [--from FOLDER] [--out FOLDER]
 * The Python needs torch, transformers and scikit-learn; without it that row is left out. Without --test, dev is what is measured.
 */
import { spawnSync } from 'node:child_process'
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { evaluateLabels } from '../src/cli/evaluate-labels.js'
import { trainLabels } from '../src/cli/train-labels.js'
import { readLabelled } from '../src/dataset/labelled.js'
import { encoderNames, ensureEncoder } from '../src/fetch/ensure-encoder.js'
import { classifierOptions } from '../src/train/classifier.js'
import { untunedRight } from './untuned.js'

const { values: given } = parseArgs({
  options: {
    train: { type: 'string', default: '' }, dev: { type: 'string', default: '' }, test: { type: 'string', default: '' }, shots: { type: 'string', default: '0' },
    from: { type: 'string', default: '' }, out: { type: 'string', default: 'label-model' }, encoder: { type: 'string', default: 'all-mpnet-base-v2' }, 'out-of-scope': { type: 'string', default: 'oos' },
  },
})
const { train, dev, out, from, 'out-of-scope': outOfScope } = given
const test = given.test === '' ? dev : given.test
const shots = Number(given.shots)
const encoder = encoderNames.find((name) => name === given.encoder)
if (train === '' || test === '' || encoder === undefined) throw new Error('Give --train FILE and --dev FILE, and an encoder that attune knows')

const signal = new AbortController().signal
const err = (text: string): void => { process.stderr.write(text) }
const io = { out: err, err, isTty: false, colour: false, cwd: process.cwd(), env: process.env, signal }
const percent = (share: number | null | undefined): string => (share === null || share === undefined ? '-' : `${(share * 100).toFixed(1)} %`)
type Row = readonly [name: string, right: string, inScope: string, outOfScope: string, remark: string]

const tuned = async (): Promise<Row> => {
  const run = await trainLabels({ dataset: train, dev, out, encoder, shots, outOfScope, from, options: classifierOptions }, io)
  const { figures, milliseconds } = await evaluateLabels(test, resolve(out), io)
  const remark = `${run === null ? 'trained before' : `trained in ${Math.round(run.seconds)} s`}, ${milliseconds.toFixed(0)} ms a message read 64 at once, calibration error ${figures.calibrationError.toFixed(3)}`
  return [`attune: encoder tuned, neighbours${from === '' ? '' : ', begun with other labels'}`, `**${percent(figures.accuracy)}** ± ${(figures.margin * 100).toFixed(1)}`, percent(figures.inScope.accuracy), percent(figures.outOfScope?.recall), remark]
}

const frozen = async (): Promise<readonly Row[]> => {
  const python = process.env['ATTUNE_REFERENCE_PYTHON']
  if (python === undefined) return []
  const { stdout, status } = spawnSync(python, ['bench/labels_reference.py', await ensureEncoder({}, encoder), train, test, given.shots, '1', outOfScope], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`bench/labels_reference.py ended with ${status}`)
  const { accuracy, inScope, recall } = JSON.parse(stdout) as { readonly accuracy: number; readonly inScope: number; readonly recall: number | null }
  return [['encoder frozen, logistic regression', percent(accuracy), percent(inScope), percent(recall), shots > 0 ? 'another draw of the shots' : '']]
}

const untuned = async (): Promise<Row> => {
  const labels = [...new Set((await readLabelled(train)).map(({ label }) => label))].filter((label) => label !== outOfScope).sort()
  const { share, of } = await untunedRight(labels, (await readLabelled(test)).filter(({ label }) => label !== outOfScope), signal)
  return ['base model untuned, may say labels only', percent(share), percent(share), '-', `${of} of the messages in scope`]
}

const rows: readonly Row[] = [await tuned(), ...await frozen(), await untuned()]
process.stdout.write(`${basename(train)}${shots > 0 ? `, ${shots} messages of each label` : ''}; measured on ${basename(test)}\n\n`)
process.stdout.write('| | right | in scope | out of scope found | |\n|---|--:|--:|--:|---|\n')
for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`)
