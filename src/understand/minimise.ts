/** Value and gradient of a smooth function. */
export type Objective = (at: Float64Array) => { readonly value: number; readonly gradient: Float64Array }

const history = 10

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
const plus = (a: Float64Array, b: Float64Array, scale: number): Float64Array => a.map((value, index) => value + scale * (b[index] ?? 0))

/**
 * Where a convex function is least, by L-BFGS with halved steps until Armijo's condition holds (Nocedal and Wright, Numerical
 * Optimization, algorithms 7.4 and 3.1). Ends where the gradient is a ten-thousandth of the first one, or after `iterations`.
 */
export const minimised = (objective: Objective, start: Float64Array, iterations: number): Float64Array => {
  let at = start
  let { value, gradient } = objective(at)
  const enough = 1e-4 * Math.sqrt(dot(gradient, gradient))
  const pairs: { readonly step: Float64Array; readonly change: Float64Array }[] = []
  for (let iteration = 0; iteration < iterations && Math.sqrt(dot(gradient, gradient)) > enough; iteration++) {
    const direction = descent(gradient, pairs)
    const slope = dot(gradient, direction)
    let size = pairs.length === 0 ? 1 / Math.sqrt(dot(gradient, gradient)) : 1
    let next = objective(plus(at, direction, size))
    for (let halvings = 0; next.value > value + 1e-4 * size * slope; halvings++) {
      if (halvings === 30) return at // no smaller value in reach of the numbers' precision
      size /= 2
      next = objective(plus(at, direction, size))
    }
    const step = direction.map((part) => part * size)
    const change = plus(next.gradient, gradient, -1)
    // Only steps along which the function curves upwards tell of its shape.
    if (dot(step, change) > 1e-12) pairs.push({ step, change })
    if (pairs.length > history) pairs.shift()
    ;[at, value, gradient] = [plus(at, step, 1), next.value, next.gradient]
  }
  return at
}

/** The gradient turned downhill by what the last steps tell of the curvature: the two-loop recursion. */
const descent = (gradient: Float64Array, pairs: readonly { readonly step: Float64Array; readonly change: Float64Array }[]): Float64Array => {
  let direction: Float64Array = gradient.map((value) => -value)
  const newestFirst = [...pairs].reverse()
  const parts = newestFirst.map(({ step, change }) => {
    const part = dot(step, direction) / dot(step, change)
    direction = plus(direction, change, -part)
    return part
  })
  const [last] = newestFirst
  if (last !== undefined) {
    const scale = dot(last.step, last.change) / dot(last.change, last.change)
    direction = direction.map((value) => value * scale)
  }
  pairs.forEach(({ step, change }, index) => {
    direction = plus(direction, step, (parts[pairs.length - 1 - index] ?? 0) - dot(change, direction) / dot(step, change))
  })
  return direction
}
