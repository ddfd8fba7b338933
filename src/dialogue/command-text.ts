import type { Command } from './commands.js'

/** Commands in the compact syntax, one a line (calm-spec 4.1, v2). Commands of the engine itself have no line and are left out. */
export const writeCommands = (_commands: readonly Command[]): string => { throw new Error('writeCommands is being written') }

/** Reads the compact syntax and the older spellings. Unknown lines are skipped. Values of `set slot` stay text; `null` becomes null. */
export const readCommands = (_text: string): readonly Command[] => { throw new Error('readCommands is being written') }
