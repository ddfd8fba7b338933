import type { Progress, Report } from '../fetch/progress.js'
import { bar, bytes, duration, progressLine, type ProgressLine } from '../terminal/progress.js'
import type { Io } from './command.js'

const verbs = { download: 'Fetching', unpack: 'Unpacking', check: 'Checking' } as const

/** One line of text about a download. */
export const fetchText = (progress: Progress): string => {
  switch (progress.step) {
    case 'wait': return `Waiting for another attune${progress.processId === undefined ? '' : ` (process ${progress.processId})`} that fetches ${progress.what}`
    case 'retry': return `${progress.what}: ${progress.reason}; trying again in ${duration(progress.inSeconds)}`
    case 'install': return `Installing ${progress.what}`
    case 'download': case 'unpack': case 'check': {
      const { step, what, doneBytes, totalBytes, bytesPerSecond, secondsLeft } = progress
      const drawn = totalBytes === undefined ? '' : `${bar(doneBytes / totalBytes, 24)} `
      const of = totalBytes === undefined ? '' : ` of ${bytes(totalBytes)}`
      const left = secondsLeft === undefined || secondsLeft < 1 ? '' : `, ${duration(secondsLeft)} left`
      return `${verbs[step]} ${what} ${drawn}${bytes(doneBytes)}${of}, ${bytes(bytesPerSecond)}/s${left}`
    }
  }
}

/** How fetching is drawn on a line that other work uses too, and what ends it. */
export const fetchingOn = (line: ProgressLine, signal: AbortSignal): { readonly report: Report; readonly signal: AbortSignal } =>
  ({ report: (progress) => { line.show(fetchText(progress)) }, signal })

/** Draws what fetching reports; the line goes away when the work is done. */
export const fetchReport = (io: Io): { readonly report: Report; readonly done: () => void } => {
  const line = progressLine(io.err, io.isTty)
  return { report: (progress) => line.show(fetchText(progress)), done: line.clear }
}
