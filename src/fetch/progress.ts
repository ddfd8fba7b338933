/** What fetching is doing, as plain records for whoever draws them. `what` is a name for people. */
export type Progress =
  | {
    readonly step: 'download' | 'unpack' | 'check'
    readonly what: string
    readonly doneBytes: number
    /** Undefined where the source does not say. */
    readonly totalBytes: number | undefined
    readonly bytesPerSecond: number
    readonly secondsLeft: number | undefined
  }
  | { readonly step: 'wait'; readonly what: string; readonly processId: number | undefined }
  | { readonly step: 'retry'; readonly what: string; readonly reason: string; readonly inSeconds: number }
  | { readonly step: 'install'; readonly what: string }

export type Report = (progress: Progress) => void

const betweenReportsMs = 200
/** The rate is that of the last seconds, so that a stall shows. */
const windowMs = 5000

type Meter = {
  /** Adds bytes and reports now and then. */
  readonly add: (bytes: number) => void
  /** Reports the end. */
  readonly finish: () => void
}

/** Counts bytes from `start` on and reports at most five times a second, with the rate of the last five seconds. */
export const meter = (
  step: 'download' | 'unpack' | 'check', what: string, start: number, totalBytes: number | undefined, report: Report, now: () => number = Date.now,
): Meter => {
  let done = start
  let reported = 0
  let samples: { readonly at: number; readonly done: number }[] = [{ at: now(), done: start }]
  const say = (at: number): void => {
    reported = at
    samples = samples.filter((sample, i) => i === samples.length - 1 || at - sample.at <= windowMs)
    const first = samples[0] ?? { at, done }
    const bytesPerSecond = at > first.at ? (done - first.done) * 1000 / (at - first.at) : 0
    const left = totalBytes !== undefined && bytesPerSecond > 0 ? Math.max(0, totalBytes - done) / bytesPerSecond : undefined
    samples.push({ at, done })
    report({ step, what, doneBytes: done, totalBytes, bytesPerSecond, secondsLeft: left })
  }
  return {
    add: (bytes) => {
      done += bytes
      const at = now()
      if (at - reported >= betweenReportsMs) say(at)
    },
    finish: () => { say(now()) },
  }
}
