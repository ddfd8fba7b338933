const bits = new Uint32Array(1)
const value = new Float32Array(bits.buffer)

/** IEEE 754 binary16 to a number; exact. */
export const halfToFloat = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** A number to binary16, rounded to nearest even as numpy and llama.cpp do; too large becomes infinity. */
export const floatToHalf = (float: number): number => {
  value[0] = float
  const single = bits[0] ?? 0
  const sign = (single >>> 16) & 0x8000
  const magnitude = single & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude < 0x38800000) {
    const steps = Math.abs(value[0]) * 2 ** 24 // subnormal: the unit is 2^-24
    const floor = Math.floor(steps)
    const rest = steps - floor
    return sign | (rest > 0.5 || (rest === 0.5 && (floor & 1) === 1) ? floor + 1 : floor)
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
  return sign | ((rounded - 0x38000000) >>> 13)
}

/** A number to bfloat16, rounded to nearest even. */
export const floatToBfloat = (float: number): number => {
  value[0] = float
  const single = bits[0] ?? 0
  if ((single & 0x7fffffff) > 0x7f800000) return (single >>> 16) | 0x40
  return (single + 0x7fff + ((single >>> 16) & 1)) >>> 16
}

let table: Float32Array | undefined

/** All 65,536 half values (256 kB), for loops that convert millions. */
export const halfTable = (): Float32Array => {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half))
  return table
}
