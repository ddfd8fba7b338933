import type { IsValue } from './command-kind.js'
import { lineOf, spellings } from './command-kinds.js'
import type { Command } from './commands.js'

/** Commands in the compact syntax, one a line (calm-spec 4.1, v2). Commands of the engine itself have no line and are left out. */
export const writeCommands = (commands: readonly Command[]): string =>
  commands.map(lineOf).filter((line) => line !== null).join('\n')

/**
 * Reads the compact syntax and the older spellings. Bullets, numbering and quotes around a line are tolerated; unknown lines are skipped.
 * Values of `set slot` stay text, for clean-up to fit to their slots; bare `null`, `None` and `undefined` become null unless `isValue`.
 */
export const readCommands = (text: string, isValue: IsValue = () => false): readonly Command[] => text.split(/\r\n|\n|\r/).flatMap((line) => readLine(line, isValue))

const readLine = (line: string, isValue: IsValue): readonly Command[] => {
  const bare = line.replace(/^[\s\-*•>.)\]\d]+/, '').trimEnd()
  const unwrapped = /^([`'"])(.*)\1$/.exec(bare)?.[2] ?? bare
  for (const { pattern, command } of spellings) {
    const match = pattern.exec(unwrapped.trimEnd())
    if (match === null) continue
    const read = command(match.slice(1).map((group) => group as string | undefined ?? ''), isValue)
    return read === null ? [] : [read]
  }
  return []
}
