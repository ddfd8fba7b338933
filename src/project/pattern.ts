import { RE2JS, RE2JSSyntaxException } from 're2js'

/**
 * Patterns of projects run on RE2's algorithm (R. Cox, Regular Expression Matching: the Virtual Machine Approach, 2009): time grows
 * with pattern times text and never faster, so no pattern and no message can stop the process. What that rules out is look-around and
 * back-references; they are refused when the project loads.
 */
export type Pattern = { readonly source: string; readonly flags: string }

const maximumPatternLength = 1_000

const flagBits: Readonly<Record<string, number>> = { i: RE2JS.CASE_INSENSITIVE, s: RE2JS.DOTALL, m: RE2JS.MULTILINE }

/** Takes inline flags such as `(?i)` off the front: they hold for the whole pattern. */
export const splitFlags = (source: string, flags = ''): Pattern => {
  const inline = /^\(\?([ims]+)\)/.exec(source)
  const all = new Set(`${flags}${inline?.[1] ?? ''}`.split(''))
  return { source: inline === null ? source : source.slice(inline[0].length), flags: [...all].sort().join('') }
}

/** Why a pattern cannot be used, in words, or null where it can. */
export const patternFault = ({ source, flags }: Pattern): string | null => {
  if (source.length > maximumPatternLength) return `The pattern is longer than ${maximumPatternLength} characters.`
  const odd = flags.split('').find((flag) => flagBits[flag] === undefined)
  if (odd !== undefined) return `The flag "${odd}" is not known; i, m and s are.`
  if (/\(\?(?:[=!]|<[=!])/.test(source)) return 'Look-ahead and look-behind cannot be matched in linear time and are not supported.'
  if (/(?:^|[^\\])(?:\\\\)*\\[1-9]/.test(source)) return 'References back to a group cannot be matched in linear time and are not supported.'
  try {
    machineOf({ source, flags })
    return null
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return `The pattern cannot be read: ${error.getDescription()}.`
    return 'The pattern cannot be read.'
  }
}

const compiled = ({ source, flags }: Pattern): RE2JS =>
  RE2JS.compile(source, flags.split('').reduce((bits, flag) => bits | (flagBits[flag] ?? 0), 0))

const kept = new Map<string, RE2JS>()
const machineOf = (pattern: Pattern): RE2JS => {
  const key = `${pattern.flags}/${pattern.source}`
  const known = kept.get(key)
  if (known !== undefined) return known
  // Patterns come out of project files, so there are few; the limit only guards against generated ones.
  if (kept.size >= 10_000) kept.clear()
  const machine = compiled(pattern)
  kept.set(key, machine)
  return machine
}

/** Whether the pattern occurs in the text; anchor it with ^ and $ to match the whole. The pattern must have passed `patternFault`. */
export const occursIn = (pattern: Pattern, text: string): boolean => machineOf(pattern).matcher(text).find()

/** Every place where the pattern occurs. The pattern must have passed `patternFault`. */
export const matchesIn = (pattern: Pattern, text: string): readonly { readonly start: number; readonly end: number }[] => {
  const matcher = machineOf(pattern).matcher(text)
  const found: { start: number; end: number }[] = []
  while (matcher.find()) found.push({ start: matcher.start(), end: matcher.end() })
  return found
}
