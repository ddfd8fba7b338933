import { BadModelFile, UnsupportedModel } from './errors.js'
import { isJsonObject, type Json } from './json-file.js'

/** Rotary positions (Su et al. 2021, arXiv 2104.09864), for some models stretched so that they read further than they were first trained to. */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  /** Llama 3: slow waves are stretched, fast ones kept, and those between them in part. Source: Transformers, modeling_rope_utils.py. */
  | { readonly kind: 'llama3'; readonly factor: number; readonly lowFactor: number; readonly highFactor: number; readonly originalLength: number }

export type Rope = { readonly headSize: number; readonly ropeTheta: number; readonly ropeScaling: RopeScaling | null }

/** What the frequency of each pair of a head's numbers is divided by: [D / 2]. */
export const ropeDivisors = ({ headSize, ropeTheta, ropeScaling }: Rope): readonly number[] =>
  Array.from({ length: headSize / 2 }, (_, i) => {
    if (ropeScaling === null) return 1
    if (ropeScaling.kind === 'linear') return ropeScaling.factor
    const { factor, lowFactor, highFactor, originalLength } = ropeScaling
    const waves = originalLength / (2 * Math.PI * ropeTheta ** (2 * i / headSize)) // turns within the length first trained with
    const kept = Math.min(1, Math.max(0, (waves - lowFactor) / (highFactor - lowFactor)))
    return 1 / ((1 - kept) / factor + kept)
  })

/** Angle per token of each pair: [D / 2]. In float64. */
export const ropeFrequencies = (rope: Rope): readonly number[] =>
  ropeDivisors(rope).map((divisor, i) => rope.ropeTheta ** (-2 * i / rope.headSize) / divisor)

// In config.json

/** Theta and scaling from a config.json: `rope_parameters` since Transformers 5, `rope_theta` and `rope_scaling` before. Throws UnsupportedModel, BadModelFile. */
export const ropeOfJson = (file: string, json: Json): Pick<Rope, 'ropeTheta' | 'ropeScaling'> => {
  const [parameters, older] = [json['rope_parameters'], json['rope_scaling']]
  const scaling = isJsonObject(parameters) ? parameters : isJsonObject(older) ? older : {}
  const number = (name: string, value: unknown): number => {
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
    throw new BadModelFile({ file, found: `${JSON.stringify(value)} for ${name}`, expected: 'a number above 0' })
  }
  const setting = (name: string): number => number(name, scaling[name])
  const ropeTheta = number('rope_theta', scaling['rope_theta'] ?? json['rope_theta'] ?? 10_000)
  const kind = scaling['rope_type'] ?? scaling['type'] ?? 'default'
  switch (kind) {
    case 'default': return { ropeTheta, ropeScaling: null }
    case 'linear': return { ropeTheta, ropeScaling: { kind: 'linear', factor: setting('factor') } }
    case 'llama3': return {
      ropeTheta,
      ropeScaling: {
        kind: 'llama3', factor: setting('factor'), lowFactor: setting('low_freq_factor'), highFactor: setting('high_freq_factor'),
        originalLength: setting('original_max_position_embeddings'),
      },
    }
    default: throw new UnsupportedModel(file, 'rope_type', JSON.stringify(kind), ['default', 'linear', 'llama3'])
  }
}

/** As `rope_scaling`, which every version of Transformers reads. */
export const ropeScalingJson = (scaling: RopeScaling | null): object | null => {
  if (scaling === null) return null
  if (scaling.kind === 'linear') return { rope_type: 'linear', factor: scaling.factor }
  const { factor, lowFactor, highFactor, originalLength } = scaling
  return { rope_type: 'llama3', factor, low_freq_factor: lowFactor, high_freq_factor: highFactor, original_max_position_embeddings: originalLength }
}

// In GGUF

/** All Llama 3 models so far have these. */
const [lowFactor, highFactor] = [1, 4]

/**
 * The scaling behind the divisors that a GGUF file keeps as `rope_freqs.weight`, in single precision. Any divisor between the
 * slow and the fast waves tells the length first trained with. Throws UnsupportedModel where no scaling of Llama 3 gives them.
 */
export const ropeScalingOfDivisors = (file: string, divisors: ArrayLike<number>, { headSize, ropeTheta }: Omit<Rope, 'ropeScaling'>): RopeScaling => {
  const found = Array.from(divisors)
  const factor = Math.max(...found)
  const between = found.findIndex((divisor) => divisor > 1.0001 && divisor < factor * 0.9999)
  const kept = (1 / (found[between] ?? 1) - 1 / factor) / (1 - 1 / factor)
  const originalLength = between === -1 ? 8192 : Math.round((lowFactor + kept * (highFactor - lowFactor)) * 2 * Math.PI * ropeTheta ** (2 * between / headSize))
  const ropeScaling: RopeScaling = { kind: 'llama3', factor, lowFactor, highFactor, originalLength }
  const expected = ropeDivisors({ headSize, ropeTheta, ropeScaling })
  const fits = found.length === expected.length && found.every((divisor, i) => Math.abs(divisor / (expected[i] ?? NaN) - 1) < 1e-3)
  if (!fits) throw new UnsupportedModel(file, 'rope_freqs.weight', `[${found.slice(0, 4).map((divisor) => divisor.toFixed(3)).join(', ')}, ...]`, ['the stretching of Llama 3'])
  return ropeScaling
}
