import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { randomOf } from '../../src/dataset/random.js'
import type { Example } from '../../src/dataset/example.js'
import type { ModelFile } from '../../src/fetch/ensure-model.js'
import { ensureTensorFlow } from '../../src/fetch/ensure-tensorflow.js'
import type { TrainChoice } from '../../src/train/options.js'
import type { TrainJob } from '../../src/train/train.js'

/** The random model of three layers that the fixtures hold. */
const path = join('test', 'fixtures', 'tiny-llama', 'model.gguf')
export const tinyModel: ModelFile = { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }

/** Turns that can be learned: the name of a flow stands in the message. */
export const tinyExamples = (count: number, seed: number): Example[] => {
  const random = randomOf('tiny', seed)
  const flows = ['block', 'send', 'balance', 'friend']
  return Array.from({ length: count }, () => {
    const flow = random.pick(flows) ?? 'send'
    const message = `${random.pick(['please', 'now', 'can you', 'i want']) ?? ''} ${flow} ${random.pick(['it', 'my card', 'money', '12']) ?? ''}`
    const prompt = `<|im_start|>user\nno flow\nuser: ${message}<|im_end|>\n<|im_start|>assistant\n`
    const completion = `start ${flow}`
    return {
      id: createHash('sha256').update(prompt).update('\u0000').update(completion).digest('hex'),
      message, prompt, completion,
      commands: [{ command: 'start flow', flow }],
      origin: { kind: 'flow', file: 'flows/tiny.yml', line: 1, flow },
      group: message, weight: 1,
    }
  })
}

export const tinyOptions: Partial<TrainChoice> = {
  rank: 4, alpha: 8, layers: 2, learningRate: 0.01, epochs: 5, microBatchTokens: 256, accumulate: 2, evaluationsPerEpoch: 2, seed: 3,
}

export const tinyJob = async (outFolder: string, more: Partial<TrainJob> = {}): Promise<TrainJob> => ({
  examples: { train: tinyExamples(60, 1), dev: tinyExamples(20, 2), test: tinyExamples(20, 3) },
  base: tinyModel,
  naming: { name: 'tiny', baseName: 'tiny-llama', baseModel: undefined, baseLicense: 'apache-2.0', language: 'en' },
  outFolder,
  options: tinyOptions,
  tensorFlow: await ensureTensorFlow(),
  report: () => undefined,
  signal: new AbortController().signal,
  now: Date.now,
  saveEvery: 0,
  ...more,
})
