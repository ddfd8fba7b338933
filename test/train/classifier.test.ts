import { beforeAll, describe, expect, it } from 'vitest'
import { randomOf } from '../../src/dataset/random.js'
import { encoderPlaces, encoderTargets } from '../../src/model/encoder/encoder-weights.js'
import { openEncoderFolder } from '../../src/model/encoder/open-encoder.js'
import { createLora, weightsOfLora } from '../../src/model/lora.js'
import { classifierOptions, embedAll, meanDirections, trainClassifier, type ClassifierOptions } from '../../src/train/classifier.js'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { fixture } from '../model/fixtures.js'
import { openTestTensors } from '../tensor/tensors.js'

const sentences = [
  ['send euros to ana', 0], ['send 250 euros', 0], ['please send ana euros', 0], ['a longer message about euros', 1], ['how long is it', 1], ['is it long enough', 1],
  ['re-send once more', 2], ['then send once more', 2], ['go on until then', 2],
] as const

let backend: TensorFlowBackend
beforeAll(async () => { backend = await openTestTensors() })

const trained = async (given: Partial<ClassifierOptions>, signal = new AbortController().signal) => {
  const options = { ...classifierOptions, rank: 4, alpha: 8, epochs: 8, batch: 4, learningRate: 5e-3, prototypeRate: 1e-2, dropout: 0.1, ...given }
  const { config, pieces, with: encoderWith, dispose } = await openEncoderFolder(fixture('tiny-mpnet'), 'float32')
  const lora = createLora(encoderPlaces(config), { ...options, fromLayer: 0, targets: encoderTargets(config) }, 'float32', randomOf('lora').next)
  const examples = sentences.map(([text, label]) => ({ pieces: pieces.encode(text, 32), label }))
  const read = examples.map((example) => example.pieces)
  const losses: number[] = []
  try {
    const foot = await embedAll(encoderWith(), read, pieces.padding, () => undefined, signal)
    const directions = await trainClassifier({
      encoder: encoderWith(lora.adapter), variables: lora.parts.flatMap(({ down, up }) => [down, up]), padding: pieces.padding, examples,
      prototypes: meanDirections(foot, examples, 3, config.hidden), options, signal, report: (_step, _steps, loss) => { losses.push(loss) },
    })
    const embeddings = await embedAll(encoderWith(lora.adapter), read, pieces.padding, () => undefined, signal)
    const chosen = examples.map((_, row) => [0, 1, 2].map((label) => {
      let cosine = 0
      for (let i = 0; i < config.hidden; i += 1) cosine += (embeddings[row * config.hidden + i] ?? 0) * (directions[label * config.hidden + i] ?? 0)
      return cosine
    })).map((cosines) => cosines.indexOf(Math.max(...cosines)))
    return { losses, directions, embeddings, chosen, adapter: weightsOfLora(lora) }
  } finally {
    lora.dispose()
    dispose()
  }
}

describe('tuning an encoder as a classifier', () => {
  it('learns its labels, and the same seed gives the same numbers', async () => {
    const [first, again, other] = [await trained({}), await trained({}), await trained({ seed: 2, epochs: 1 })]
    const mean = (losses: readonly number[]): number => losses.reduce((sum, loss) => sum + loss, 0) / losses.length
    expect(mean(first.losses.slice(-3))).toBeLessThan(mean(first.losses.slice(0, 3)) / 2)
    expect(first.chosen).toEqual(sentences.map(([, label]) => label))
    expect(again).toEqual(first)
    expect(other.losses).not.toEqual(first.losses.slice(0, other.losses.length))
  }, 300_000)

  it('embeds messages in their own order, whatever was read beside them', async () => {
    const { config, pieces, with: encoderWith, dispose } = await openEncoderFolder(fixture('tiny-bert'), 'float32')
    const all = sentences.map(([text]) => pieces.encode(text, 32))
    const signal = new AbortController().signal
    const together = await embedAll(encoderWith(), all, pieces.padding, () => undefined, signal)
    for (const [row, one] of all.entries()) {
      const alone = await embedAll(encoderWith(), [one], pieces.padding, () => undefined, signal)
      expect(Math.max(...alone.map((value, i) => Math.abs(value - (together[row * config.hidden + i] ?? NaN))))).toBeLessThan(1e-5)
    }
    dispose()
  }, 300_000)

  it('ends at a signal, and frees what it took', async () => {
    await trained({ epochs: 1 })
    const before = backend.handlesHeld()
    await expect(trained({ epochs: 1 }, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    await trained({ epochs: 1 })
    expect(backend.handlesHeld()).toBe(before)
  }, 300_000)

  it('that explodes says at which step', async () => {
    await expect(trained({ learningRate: 1e30, clipNorm: 1e30, prototypeRate: 1e30 })).rejects.toThrow(/step/)
  }, 300_000)
})
