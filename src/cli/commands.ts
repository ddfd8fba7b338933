import type { Command } from './command.js'
import { data } from './data.js'
import { validate } from './validate.js'

/** Every command of the program, in the order in which people meet them. */
export const commands: readonly Command[] = [validate, data]
