import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FetchOptions } from '../fetch/cache.js'
import { ensureEncoder, type EncoderName } from '../fetch/ensure-encoder.js'
import { ensureTensorFlow } from '../fetch/ensure-tensorflow.js'
import { readPeft } from '../model/adapters/peft.js'
import type { Encoder } from '../model/encoder/encoder.js'
import { encoderPlaces } from '../model/encoder/encoder-weights.js'
import { openEncoderFolder, type OpenEncoder } from '../model/encoder/open-encoder.js'
import { loadLora } from '../model/lora.js'
import type { Precision } from '../model/matrix.js'
import { fastFloat } from '../tensor/cpu.js'
import { openTensors } from '../tensor/open.js'
import { bar, duration, type ProgressLine } from '../terminal/progress.js'

/** Opens TensorFlow, fetched where it is missing, and says in what its products are fastest. */
export const openedPrecision = async (fetching: FetchOptions): Promise<Precision> => fastFloat((await openTensors(await ensureTensorFlow(fetching))).isUsingGpuDevice)

export type TunedEncoder = Pick<OpenEncoder, 'config' | 'pieces' | 'dispose'> & { readonly encoder: Encoder }

/** A sentence encoder with the adapter of a trained model's folder; what is missing is fetched. Throws BadModelFile, and what fetching throws. */
export const openTunedEncoder = async (name: EncoderName, folder: string, fetching: FetchOptions): Promise<TunedEncoder> => {
  const adapter = await readPeft(join(folder, 'adapter'), 'encoder')
  const precision = await openedPrecision(fetching)
  const { config, pieces, with: encoderWith, dispose } = await openEncoderFolder(await ensureEncoder(fetching, name), precision)
  const lora = loadLora(encoderPlaces(config), adapter, precision)
  return {
    config, pieces, encoder: encoderWith(lora.adapter),
    dispose: () => {
      lora.dispose()
      dispose()
    },
  }
}

/** Draws the steps of tuning an encoder, and keeps their losses. */
export const tuningShown = (line: ProgressLine, name: EncoderName, losses: number[]): ((step: number, steps: number, loss: number) => void) => {
  const begun = Date.now()
  return (step, steps, loss) => {
    losses.push(loss)
    const left = (Date.now() - begun) / 1000 / step * (steps - step)
    line.show(`Tuning ${name} ${bar(step / steps, 24)} ${step}/${steps}, loss ${loss.toFixed(3)}, ${duration(left)} left`)
  }
}

/** Written last: a folder that has it is whole. */
export const runFile = (folder: string): string => join(folder, 'run.json')

/** Whether the folder holds what the same training has made before. */
export const wasTrained = async (folder: string, fingerprint: string): Promise<boolean> => {
  try {
    const { fingerprint: found } = JSON.parse(await readFile(runFile(folder), 'utf8')) as { readonly fingerprint?: unknown }
    return found === fingerprint
  } catch {
    return false
  }
}
