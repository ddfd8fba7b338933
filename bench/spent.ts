/** What work has cost: wall time, and processor time of the whole process, which other processes disturb less. */
export type Spent = { readonly wall: number; readonly cpu: number }

/** Milliseconds of one run. */
export const spent = async (work: () => void | Promise<void>): Promise<Spent> => {
  const before = process.cpuUsage()
  const started = performance.now()
  await work()
  const wall = performance.now() - started
  const { user, system } = process.cpuUsage(before)
  return { wall, cpu: (user + system) / 1_000 }
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** The medians of several runs, each for itself. */
export const medianOf = (all: readonly Spent[]): Spent => ({ wall: middle(all.map(({ wall }) => wall)), cpu: middle(all.map(({ cpu }) => cpu)) })
