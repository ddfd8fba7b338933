import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { randomOf } from '../dataset/random.js'
import { withDefaults as fetching } from '../fetch/cache.js'
import type { ModelFile } from '../fetch/ensure-model.js'
import type { TensorFlowFiles } from '../fetch/ensure-tensorflow.js'
import { underLock } from '../fetch/lock.js'
import { createLlama } from '../model/llama.js'
import { disposeWeights, loadWeights } from '../model/llama-weights.js'
import type { Precision } from '../model/matrix.js'
import { openModel, type BaseModel } from '../model/open-model.js'
import { fastFloat } from '../tensor/cpu.js'
import { openTensors } from '../tensor/open.js'
import { openOtherBackend, type ByteAccess } from '../tensor/other-backends.js'
import { computeActivations } from './activations.js'
import { createTrainee, keepingOf } from './adapters.js'
import { createAdamW, disposeAdamW } from './adamw.js'
import { readCheckpoint } from './checkpoint.js'
import { CannotTrain } from './errors.js'
import { evaluate } from './evaluate.js'
import { takeBest, writeRun, type Naming } from './finish.js'
import { trainLoop, type Loop } from './loop.js'
import { adaptedLayers, precisions, withDefaults, type TrainChoice, type TrainOptions } from './options.js'
import { shapeFor } from './packing.js'
import { planOf } from './plan.js'
import type { TrainReport } from './progress.js'
import { dataHash, fingerprintOf, readRun, runId, trainingVersion, type ExampleParts, type RunRecord } from './run-record.js'
import { sequencesOf } from './sequences.js'
import { freshState, restoredState, saveState } from './state.js'

export type TrainJob = {
  readonly examples: ExampleParts
  readonly base: ModelFile
  readonly naming: Naming
  /** Each run has a folder of its own in it, named after what it is made of. */
  readonly outFolder: string
  readonly options?: Partial<TrainChoice>
  /** Null where there is none for this machine: the best other tfjs backend is taken, in float32, and reported. */
  readonly tensorFlow: TensorFlowFiles | null
  readonly report: TrainReport
  /** Ends training after the step under way, with a checkpoint. */
  readonly signal: AbortSignal
  readonly now: () => number
  /** Bytes of kept activations that may lie in memory; more go to a file. */
  readonly activationMemory?: number
  /** Seconds between checkpoints. */
  readonly saveEvery?: number
}

export type TrainOutcome =
  | { readonly kind: 'trained' | 'unchanged'; readonly id: string; readonly folder: string; readonly record: RunRecord }
  | { readonly kind: 'stopped'; readonly id: string; readonly folder: string }

/**
 * Trains an adapter and writes it down, or does nothing where that was done with the same inputs. A run that was stopped or killed
 * goes on from its last checkpoint and ends with the same bytes as one that was not.
 * Throws CannotTrain, LossExploded, BadCheckpoint, DiskFull, and what opening the model or TensorFlow throws.
 */
export const train = async (job: TrainJob): Promise<TrainOutcome> => {
  const plans = plansOf(job)
  for (const { id, folder } of plans) {
    const record = await readRun(folder)
    if (record !== null) return { kind: 'unchanged', id, folder, record }
  }
  if (job.examples.train.length === 0) throw new CannotTrain('there are no examples to learn from', 'Add flows with examples, or transcripts.')
  const opened = await openBackend(job)
  // What was begun goes on as it began, on whatever machine: only so it ends with the same bytes.
  const plan = plans.find(({ folder }) => existsSync(join(folder, checkpointName)))
    ?? plans.find(({ options }) => options.precision === opened.precision) ?? plans[0]
  if (plan === undefined) throw new RangeError('A run has at least one precision')
  const { id, folder } = plan
  await mkdir(folder, { recursive: true })
  return underLock(join(folder, 'training.lock'), 'a training run of the same model', fetching({ signal: job.signal }), async () => {
    const base = await openModel(job.base.path)
    try {
      return await run(job, { ...plan, backend: opened.bytes, base })
    } catch (error) {
      if (!job.signal.aborted || error !== job.signal.reason) throw error
      return { kind: 'stopped', id, folder } // before the first step, or while the best adapter was measured: nothing is lost
    } finally {
      await base.close()
    }
  })
}

const checkpointName = 'checkpoint.bin'

/** What a run is made of, and with that where it is kept. */
type Plan = { readonly options: TrainOptions; readonly data: string; readonly fingerprint: string; readonly id: string; readonly folder: string }

/** The run that was asked for; with `auto` one for each precision, since another machine may have begun it. */
const plansOf = ({ examples, base, options, tensorFlow, outFolder }: TrainJob): readonly Plan[] => {
  const chosen = withDefaults(options)
  const data = dataHash(examples)
  const possible = tensorFlow === null ? ['float32'] as const : chosen.precision === 'auto' ? precisions : [chosen.precision]
  return possible.map((precision) => {
    const options = { ...chosen, precision }
    const fingerprint = fingerprintOf(data, options, base.sha256)
    const id = runId(fingerprint)
    return { options, data, fingerprint, id, folder: join(outFolder, id) }
  })
}

/** The backend, and the precision it is fast in. */
const openBackend = async ({ tensorFlow, report }: TrainJob): Promise<{ readonly bytes: ByteAccess; readonly precision: Precision }> => {
  if (tensorFlow !== null) {
    const backend = await openTensors(tensorFlow)
    return { bytes: backend, precision: fastFloat(backend.isUsingGpuDevice) }
  }
  const { name, bytes } = await openOtherBackend()
  report({ kind: 'backend', name })
  return { bytes, precision: 'float32' }
}

type Run = Plan & { readonly backend: ByteAccess; readonly base: BaseModel }

const run = async (job: TrainJob, { options, data, fingerprint, id, folder, backend, base }: Run): Promise<TrainOutcome> => {
  const { examples: { train: learned, dev, test }, report, signal, now } = job
  const { config } = base.weights
  const { precision, seed } = options
  const sequences = sequencesOf(base.tokenizer, [...learned, ...dev, ...test], config.contextLength)
  const shape = shapeFor(sequences, options.microBatchTokens)
  const plan = planOf(sequences.slice(0, learned.length), shape, options)
  const layers = adaptedLayers(options, config.layers)
  const from = layers[0] ?? 0
  const checkpoint = join(folder, checkpointName)

  const owned: (() => void)[] = []
  const owning = <T>(made: T, dispose: (made: T) => void): T => {
    owned.unshift(() => { dispose(made) })
    return made
  }
  try {
    const weights = owning(loadWeights(base.weights, precision, keepingOf(options)), disposeWeights)
    const trainee = owning(createTrainee({ config, source: base.weights, options, layers, random: (...keys) => randomOf(seed, ...keys).next }), (one) => { one.dispose() })
    const model = createLlama(config, weights, precision, trainee.adapter)
    const { variables } = trainee
    const optimizer = owning(createAdamW(variables), disposeAdamW)
    const before = await readCheckpoint(checkpoint, fingerprint)
    const state = before === null ? freshState(optimizer) : restoredState(optimizer, before)
    report({
      kind: 'start', steps: plan.length, firstStep: state.step, tokens: tokensIn(sequences.slice(0, learned.length)),
      parameters: variables.reduce((total, { size }) => total + size, 0), layers: layersText(layers, config.layers),
    })
    const start = now()
    const activations = from === 0 ? null : owning(await computeActivations(model, {
      sequences, shape, below: from, precision, folder, memoryBytes: job.activationMemory ?? 2 ** 30, backend, signal,
      report: (done, total) => { report({ kind: 'activations', done, total }) },
    }), (one) => { one.dispose() })
    const bench = { model, variables, sequences, from, activations }

    const seconds = (): number => state.secondsBefore + (now() - start) / 1000
    const save = async (): Promise<void> => {
      await saveState(checkpoint, state, { fingerprint, options, seconds: seconds() })
      report({ kind: 'checkpoint', step: state.step, file: checkpoint })
    }
    const loop: Loop = { bench, during: trainee.during, plan, shape, options, dev, devStart: learned.length, report, signal, now, save, saveEverySeconds: job.saveEvery ?? 60 }
    const ended = await trainLoop(loop, state)
    if (ended !== 'done') report({ kind: 'stopped', step: state.step, reason: ended })
    if (ended === 'signal') return { kind: 'stopped', id, folder }

    takeBest(state)
    const evaluation = {
      dev: await evaluate(bench, shape, learned.length, dev, signal),
      test: await evaluate(bench, shape, learned.length + dev.length, test, signal),
    }
    const record = await writeRun(folder, trainee, base, job.naming, {
      trainingVersion, fingerprint, options, base: { name: job.naming.baseName, sha256: job.base.sha256 },
      data: { hash: data, train: learned.length, dev: dev.length, test: test.length, tokens: tokensIn(sequences) },
      best: state.best, steps: state.step, seconds: seconds(), ended, evaluation,
      curves: { train: state.trainCurve, dev: state.devCurve },
    })
    return { kind: 'trained', id, folder, record }
  } finally {
    for (const dispose of owned) dispose()
  }
}

/** `4 to 5 of 6`, or each number where some between are left out. */
const layersText = (layers: readonly number[], count: number): string => {
  const [first = 0, last = 0] = [layers[0], layers.at(-1)]
  return `${last - first + 1 === layers.length ? `${first} to ${last}` : layers.join(', ')} of ${count}`
}

const tokensIn = (sequences: readonly { readonly ids: Int32Array }[]): number => sequences.reduce((total, { ids }) => total + ids.length, 0)
