const filled = '█'
const empty = '░'

/** `███░░░` for a fraction between 0 and 1. */
export const bar = (fraction: number, width: number): string => {
  const whole = Math.round(Math.min(1, Math.max(0, fraction)) * width)
  return filled.repeat(whole) + empty.repeat(width - whole)
}

/** `93 MB`, as registries count: 1 MB = 1,000,000 bytes. */
export const bytes = (count: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let amount = count
  let unit = 0
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000
    unit += 1
  }
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit] ?? ''}`
}

/** `93.4 %` of a share between 0 and 1. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** `4 s`, `3 min 20 s`, `1 h 5 min`. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`
  return `${Math.floor(whole / 3600)} h${Math.floor((whole % 3600) / 60) === 0 ? '' : ` ${Math.floor((whole % 3600) / 60)} min`}`
}

/** Where progress is drawn: one line that is written over on a terminal, a line now and then in a log. */
export type ProgressLine = {
  /** The state of the current piece of work. */
  readonly show: (text: string) => void
  /** A line that stays. */
  readonly keep: (text: string) => void
  /** Takes the moving line away. */
  readonly clear: () => void
}

const secondsBetweenLogLines = 10

export const progressLine = (
  write: (text: string) => void, isTty: boolean, columns: () => number = () => process.stderr.columns, now: () => number = Date.now,
): ProgressLine => {
  const eraseLine = '\r\u001b[2K'
  let shown = false
  let lastLogged = -Infinity
  const clear = (): void => {
    if (isTty && shown) write(eraseLine)
    shown = false
  }
  return {
    clear,
    show: (text) => {
      if (isTty) {
        write(`${eraseLine}${text.slice(0, Math.max(20, (columns() || 80) - 1))}`)
        shown = true
      } else if (now() - lastLogged >= secondsBetweenLogLines * 1000) {
        lastLogged = now()
        write(`${text}\n`)
      }
    },
    keep: (text) => {
      clear()
      write(`${text}\n`)
    },
  }
}
