/**
 * Training steps side by side in one run: attune, and PyTorch + PEFT on the same model, examples, batches, adapters and cores. They
 * take turns of a few steps, so that a busy machine is busy for both. Run:
 *   ATTUNE_REFERENCE_PYTHON=/path/to/python npm run bench:train -- [--layers 30] [--turns 3] [--steps 3] [--data FOLDER] [--variants "f32 picked,bf16 plain"]
 * The Python needs torch, transformers, peft and gguf (test/reference/README.md). Without it attune is measured alone.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { dispose } from '@tensorflow/tfjs-core'
import type { Example } from '../src/dataset/example.js'
import { randomOf } from '../src/dataset/random.js'
import { ensureModel } from '../src/fetch/ensure-model.js'
import { ensureTensorFlow } from '../src/fetch/ensure-tensorflow.js'
import { createLlama } from '../src/model/llama.js'
import { loadWeights } from '../src/model/llama-weights.js'
import { llamaPlaces } from '../src/model/llama-lora.js'
import { createLora } from '../src/model/lora.js'
import { openModel } from '../src/model/open-model.js'
import { fastFloat } from '../src/tensor/cpu.js'
import { openTensors } from '../src/tensor/open.js'
import { computeActivations } from '../src/train/activations.js'
import { createAdamW, normOf, takeStep } from '../src/train/adamw.js'
import { withDefaults } from '../src/train/options.js'
import { packed, shapeFor, totalWeight } from '../src/train/packing.js'
import { sequencesOf } from '../src/train/sequences.js'
import { gradientsOf } from '../src/train/workbench.js'

const { values: given } = parseArgs({
  options: {
    data: { type: 'string' }, model: { type: 'string', default: 'smollm2-135m-instruct' }, layers: { type: 'string', default: '30' },
    turns: { type: 'string', default: '3' }, steps: { type: 'string', default: '3' }, tokens: { type: 'string', default: '1920' },
    variants: { type: 'string', default: '' },
  },
})
const [turns, steps, layers] = [Number(given.turns), Number(given.steps), Number(given.layers)]

// Data: the examples of a project, or turns made here that have the lengths of such.
const madeUp = (): Pick<Example, 'prompt' | 'completion'>[] => {
  const random = randomOf('bench')
  const words = ['transfer', 'money', 'to', 'my', 'card', 'please', 'account', 'block', 'the', 'of', 'last', 'month', 'Anna', '250']
  const said = (least: number, more: number): string =>
    Array.from({ length: least + random.below(more) }, () => random.pick(words) ?? '').join(' ')
  return Array.from({ length: 600 }, () => ({
    prompt: `<|im_start|>user\nflow transfer_money\n${said(8, 20)}\nuser: ${said(4, 20)}<|im_end|>\n<|im_start|>assistant\n`,
    completion: `start flow ${said(2, 4)}`,
  }))
}
const examples = given.data === undefined
  ? madeUp()
  : readFileSync(join(given.data, 'train.jsonl'), 'utf8').split('\n').filter((line) => line !== '').slice(0, 2000).map((line) => JSON.parse(line) as Example)

const { path } = await ensureModel(given.model)
const backend = await openTensors(await ensureTensorFlow())
const base = await openModel(path)
const { config } = base.weights
const options = {
  ...withDefaults({ layers: Math.min(layers, config.layers), microBatchTokens: Number(given.tokens) }), precision: fastFloat(backend.isUsingGpuDevice),
}
const sequences = sequencesOf(base.tokenizer, examples.map((example) => ({ ...example, origin: { file: '', line: 0 }, weight: 1 } as Example)), config.contextLength)
const shape = shapeFor(sequences, options.microBatchTokens)
const order = randomOf(1, 'bench').shuffled(sequences.map((_, index) => index))
const batches = packed(sequences, order, shape).slice(0, Math.max(20, steps))
const tokensOfBatch = batches.map(({ placed }) => placed.reduce((total, { index }) => total + (sequences[index]?.ids.length ?? 0), 0))

type Measured = { readonly seconds: number; readonly cpu: number; readonly loss: number | null }
type Contender = { readonly name: string; readonly run: (steps: number) => Promise<Measured> }

/** attune's own step, as train/loop.ts takes it. */
const attune = async (cached: boolean): Promise<Contender> => {
  const from = config.layers - options.layers
  const weights = loadWeights(base.weights, options.precision)
  const lora = createLora(llamaPlaces(config), { ...options, fromLayer: from }, options.precision, randomOf(1, 'lora').next)
  const model = createLlama(config, weights, options.precision, lora.adapter)
  const variables = lora.parts.flatMap(({ down, up }) => [down, up])
  const optimizer = createAdamW(variables)
  const used = [...new Set(batches.flatMap(({ placed }) => placed.map(({ index }) => index)))]
  const activations = !cached || from === 0 ? null : await computeActivations(model, {
    sequences: sequences.map((sequence, index) => (used.includes(index) ? sequence : { ...sequence, ids: new Int32Array(1), places: new Int32Array(0), family: -1 - index, shared: 0 })),
    shape, below: from, precision: options.precision, folder: tmpdir(), memoryBytes: 2 ** 31, backend, report: () => undefined,
    signal: new AbortController().signal,
  })
  const bench = { model, variables, sequences, from: cached ? from : 0, activations }
  let at = 0
  return {
    name: cached ? 'attune, layers below kept' : 'attune',
    run: async (count) => {
      const [start, cpu] = [performance.now(), process.cpuUsage()]
      let loss = NaN
      for (let step = 0; step < count; step += 1, at += 1) {
        const batch = batches[at % batches.length]
        if (batch === undefined) break
        const done = gradientsOf(bench, batch, 1 / totalWeight(sequences, [batch]))
        loss = done.loss
        takeStep(optimizer, done.gradients, options.learningRate, Math.min(1, options.clipNorm / normOf(done.gradients)), options)
        dispose(done.gradients)
      }
      const used = process.cpuUsage(cpu)
      return { seconds: (performance.now() - start) / 1000, cpu: (used.user + used.system) / 1e6, loss }
    },
  }
}

/** A Python process that does the same steps when asked. */
const reference = (python: string): Contender[] => {
  const file = join(mkdtempSync(join(tmpdir(), 'attune-bench-')), 'job.json')
  writeFileSync(file, JSON.stringify({
    model: path, threads: cpus().length, layers: options.layers, rank: options.rank, alpha: options.alpha, learningRate: options.learningRate,
    batches: batches.map(({ placed }) => placed.map(({ index }) => {
      const { ids = [], places = [], labels = [] } = sequences[index] ?? {}
      return { ids: [...ids], places: [...places], labels: [...labels] }
    })),
  }))
  const child = spawn(python, ['bench/train_reference.py', file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  process.on('exit', () => child.kill())
  const float = options.precision === 'bfloat16' ? 'bf16' : 'f32'
  return (given.variants === '' ? `${float} picked,${float} plain` : given.variants).split(',').map((variant) => ({
    name: `PyTorch + PEFT, ${variant}`,
    run: async (count) => {
      child.stdin.write(`${JSON.stringify({ variant, steps: count })}\n`)
      const { value } = await lines.next() as { value?: string }
      if (value === undefined) throw new Error('The reference process ended')
      return JSON.parse(value) as Measured
    },
  }))
}

const python = process.env['ATTUNE_REFERENCE_PYTHON']
const contenders = [
  await attune(false), ...(options.layers < config.layers ? [await attune(true)] : []), ...(python === undefined ? [] : reference(python)),
]
for (const { run } of contenders) await run(2) // compiling and first touches of memory

const results = contenders.map(({ name }) => ({ name, tokens: 0, seconds: 0, cpu: 0, fastest: 0, loss: null as number | null }))
let done = 2
for (let turn = 0; turn < turns; turn += 1, done += steps) {
  const tokens = Array.from({ length: steps }, (_, step) => tokensOfBatch[(done + step) % batches.length] ?? 0).reduce((sum, one) => sum + one, 0)
  for (const [index, { run }] of contenders.entries()) {
    const { seconds, cpu, loss } = await run(steps)
    const result = results[index]
    if (result === undefined) continue
    result.tokens += tokens
    result.seconds += seconds
    result.cpu += cpu
    result.fastest = Math.max(result.fastest, tokens / seconds)
    result.loss = loss
  }
}
const lines = results.map(({ name, tokens, seconds, cpu, fastest, loss }) =>
  `| ${name} | ${(tokens / seconds).toFixed(0)} | ${fastest.toFixed(0)} | ${(tokens / cpu).toFixed(0)} | ${loss?.toFixed(3) ?? ''} |`)
process.stdout.write([
  `${cpus()[0]?.model ?? ''}, ${cpus().length} cores; LoRA rank ${options.rank} on ${options.layers} of ${config.layers} layers; ` +
  `${batches.length} batches of ${(tokensOfBatch.reduce((a, b) => a + b, 0) / batches.length).toFixed(0)} tokens in ${shape.rows} x ${shape.length}; ${turns} turns of ${steps} steps`,
  '', '| | tokens/s | best turn | tokens per CPU second | last loss |', '|---|--:|--:|--:|--:|', ...lines, '',
].join('\n'))
process.exit(0)
