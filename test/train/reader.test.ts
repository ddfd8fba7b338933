import { beforeAll, describe, expect, it } from 'vitest'
import { randomOf } from '../../src/dataset/random.js'
import { encoderPlaces, encoderTargets } from '../../src/model/encoder/encoder-weights.js'
import { openEncoderFolder } from '../../src/model/encoder/open-encoder.js'
import { createSlotHead } from '../../src/model/encoder/slot-head.js'
import { createLora, weightsOfLora } from '../../src/model/lora.js'
import { answerAll, readerOptions, trainReader, type ReaderAnswer, type ReaderExample, type ReaderOptions } from '../../src/train/reader.js'
import { fixture } from '../model/fixtures.js'
import { openTestTensors } from '../tensor/tensors.js'

beforeAll(async () => { await openTestTensors() })

// Choice 0: whether it is about sending (1) or asking (2). Words 0: who gets it; not said in every message.
const said = [
  ['send euros to ana', 1, 'ana'], ['please send ana 250 euros', 1, 'ana'], ['send 50 euros', 1, null], ['please send euros', 1, null],
  ['how long is it', 2, null], ['is it long enough', 2, null], ['how long until then', 2, null], ['send more to na', 1, 'na'],
] as const

const trained = async (given: Partial<ReaderOptions>, signal = new AbortController().signal) => {
  const options = { ...readerOptions, rank: 4, alpha: 8, epochs: 25, batchPieces: 64, learningRate: 5e-3, headRate: 2e-2, ...given }
  const { config, pieces, with: encoderWith, dispose } = await openEncoderFolder(fixture('tiny-bert'), 'float32')
  const lora = createLora(encoderPlaces(config), { ...options, fromLayer: 0, targets: encoderTargets(config) }, 'float32', randomOf('lora').next)
  const head = createSlotHead({ hidden: config.hidden, classes: 3, choices: [{ name: 0, allowed: [1, 2] }], words: [{ name: 0 }] })
  const examples = said.map(([text, right, who]): ReaderExample => {
    const read = pieces.encode(text, 32)
    const at = who === null ? 0 : read.indexOf(pieces.encode(who, 8)[1] ?? -1)
    return { pieces: read, choices: [{ question: 0, right }], words: [{ question: 0, places: [{ from: at, to: at }] }] }
  })
  const losses: number[] = []
  try {
    const encoder = encoderWith(lora.adapter)
    await trainReader({
      encoder, variables: lora.parts.flatMap(({ down, up }) => [down, up]), head, padding: pieces.padding, examples, options, signal,
      report: (_step, _steps, loss) => { losses.push(loss) },
    })
    const answers: ReaderAnswer[] = []
    await answerAll(encoder, head, pieces.padding, examples.map((one) => one.pieces), (at, answer) => { answers[at] = answer }, () => undefined, signal)
    return { examples, losses, answers, head: head.numbers(), adapter: weightsOfLora(lora) }
  } finally {
    head.dispose()
    lora.dispose()
    dispose()
  }
}

const best = (scores: readonly number[] = []): number => scores.indexOf(Math.max(...scores))

describe('tuning an encoder to read', () => {
  it('learns choices and where words stand, and the same seed gives the same numbers', async () => {
    const [first, again] = [await trained({}), await trained({})]
    expect(first.answers.map(({ choices }) => best(choices[0]))).toEqual(said.map(([, right]) => right))
    expect(first.answers.map(({ starts, ends }) => [best(starts[0]), best(ends[0])])).toEqual(first.examples.map(({ words }) => [words[0]?.places[0]?.from, words[0]?.places[0]?.to]))
    expect(first.answers.map(({ starts }) => starts[0]?.length)).toEqual(first.examples.map(({ pieces }) => pieces.length))
    expect(again).toEqual(first)
  }, 300_000)

  it('stops when told to', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(trained({}, stop.signal)).rejects.toThrow('enough')
  }, 60_000)
})
