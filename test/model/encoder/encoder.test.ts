import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mul, sum, tensor, variableGrads } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { readPeft, writePeft } from '../../../src/model/adapters/peft.js'
import { readEncoderConfig } from '../../../src/model/encoder/encoder-config.js'
import { createEncoder, messagesOf, type Encoder } from '../../../src/model/encoder/encoder.js'
import { disposeEncoder, encoderPlaces, loadEncoder, longestMessage } from '../../../src/model/encoder/encoder-weights.js'
import { readWordPieces } from '../../../src/model/encoder/word-piece.js'
import type { Precision } from '../../../src/model/matrix.js'
import { loadLora, weightsOfLora, type LoraNumbers } from '../../../src/model/lora.js'
import { readSafetensors } from '../../../src/model/safetensors.js'
import { openTestTensors } from '../../tensor/tensors.js'
import { fixture, temporaryFolder } from '../fixtures.js'

type Reference = {
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[]; readonly embedding: readonly number[] }[]
  readonly adapted: readonly (readonly number[])[]
  readonly probe: readonly (readonly number[])[]
  readonly gradients: Readonly<Record<string, readonly number[]>>
}

const relativeError = (found: ArrayLike<number>, expected: ArrayLike<number>): number => {
  const largest = Math.max(...Array.from(expected, Math.abs))
  return found.length === expected.length ? Math.max(...Array.from(expected, (value, at) => Math.abs(value - (found[at] ?? NaN)))) / largest : NaN
}

beforeAll(openTestTensors)

describe.each(['bert', 'mpnet'])('an encoder of the family %s', (family) => {
  const folder = fixture(`tiny-${family}`)
  const reference = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')) as Reference
  const texts = reference.texts.map(({ text }) => text)

  const withEncoder = async (precision: Precision, adapter: string | null, use: (encoder: Encoder, encode: (texts: readonly string[]) => ReturnType<typeof messagesOf>, lora: LoraNumbers | null) => void | Promise<void>): Promise<void> => {
    const [config, pieces, file] = [await readEncoderConfig(join(folder, 'config.json')), await readWordPieces(join(folder, 'tokenizer.json')), await readSafetensors(join(folder, 'model.safetensors'))]
    const weights = loadEncoder(config, file, precision)
    const lora = adapter === null ? null : loadLora(encoderPlaces(config), await readPeft(adapter, 'encoder'), precision)
    const encode = (all: readonly string[]) => messagesOf(all.map((text) => pieces.encode(text, longestMessage)), pieces.padding)
    await use(createEncoder(config, weights, precision, lora?.adapter), encode, lora)
    lora?.dispose()
    disposeEncoder(weights)
    await file.close()
  }

  it('cuts messages into word pieces as Hugging Face does', async () => {
    const pieces = await readWordPieces(join(folder, 'tokenizer.json'))
    expect(reference.texts.map(({ text }) => pieces.encode(text, longestMessage))).toEqual(reference.texts.map(({ ids }) => ids))
  })

  it.each([['float32', 1e-3], ['bfloat16', 0.06]] as const)('embeds as Transformers does, alone and side by side, in %s', async (precision, tolerance) => {
    await withEncoder(precision, null, (encoder, encode) => {
      const expected = reference.texts.flatMap(({ embedding }) => embedding)
      const together = encoder.encode(encode(texts))
      expect(relativeError(together.dataSync(), expected)).toBeLessThan(tolerance)
      texts.forEach((text, at) => {
        const alone = encoder.encode(encode([text]))
        expect(relativeError(alone.dataSync(), reference.texts[at]?.embedding ?? [])).toBeLessThan(tolerance)
        alone.dispose()
      })
      together.dispose()
    })
  })

  it('with a LoRA adapter gives the embeddings and each gradient of PEFT', async () => {
    await withEncoder('float32', join(folder, 'adapter'), (encoder, encode, lora) => {
      if (lora === null) throw new Error('no adapter')
      const messages = encode(texts)
      const adapted = encoder.encode(messages)
      expect(relativeError(adapted.dataSync(), reference.adapted.flat())).toBeLessThan(1e-3)
      const probe = tensor(reference.probe.flat(), [texts.length, reference.probe[0]?.length ?? 0])
      const { value, grads } = variableGrads(() => sum(mul(encoder.encode(messages), probe)), lora.parts.flatMap(({ down, up }) => [down, up]))
      const found = new Map<string, ArrayLike<number>>()
      for (const { layer, modules, down, up } of lora.parts) {
        const [da, db] = [grads[down.name]?.dataSync() ?? new Float32Array(), grads[up.name]?.dataSync() ?? new Float32Array()]
        let row = 0
        modules.forEach(({ module, size }, index) => {
          const wide = lora.rank * down.shape[1]
          found.set(`encoder.layer.${layer}.${module}.lora_A.weight`, da.subarray(index * wide, (index + 1) * wide))
          found.set(`encoder.layer.${layer}.${module}.lora_B.weight`, db.subarray(row * lora.rank, (row + size) * lora.rank))
          row += size
        })
      }
      expect([...found.keys()].sort()).toEqual(Object.keys(reference.gradients).sort())
      const errors = [...found].map(([name, numbers]) => [name, relativeError(numbers, reference.gradients[name] ?? [])] as const)
      expect(errors.filter(([, error]) => !(error < 1e-3))).toEqual([])
      for (const one of [adapted, probe, value, ...Object.values(grads)]) one.dispose()
    })
  })

  it('writes an adapter that PEFT names alike, and reads it back', async () => {
    await withEncoder('float32', join(folder, 'adapter'), async (_encoder, _encode, lora) => {
      if (lora === null) throw new Error('no adapter')
      const written = await temporaryFolder()
      await writePeft(written, weightsOfLora(lora), { baseModel: family, of: 'encoder' })
      const names = async (from: string): Promise<readonly string[]> => {
        const file = await readSafetensors(join(from, 'adapter_model.safetensors'))
        await file.close()
        return [...file.tensors.keys()].sort()
      }
      expect(await names(written)).toEqual(await names(join(folder, 'adapter')))
      const byName = new Map((await readPeft(written, 'encoder')).modules.map((module) => [module.module, module]))
      expect(byName).toEqual(new Map((await readPeft(join(folder, 'adapter'), 'encoder')).modules.map((module) => [module.module, module])))
    })
  })
})
