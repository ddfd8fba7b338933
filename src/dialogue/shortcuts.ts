import type { Project } from '../project/types.js'
import type { Command } from './commands.js'
import type { Tracker } from './tracker.js'

/** Either commands, known without any model, or the text that the model is to read. */
export type Shortcut = { readonly kind: 'commands'; readonly commands: readonly Command[] } | { readonly kind: 'ask'; readonly text: string }

/** `/SetSlots(...)`, `/intent{...}`, `/restart` and the like, empty and overlong messages, and rules: a rule beats the model. */
export const shortcut = (_project: Project, _tracker: Tracker, _message: string): Shortcut => { throw new Error('shortcut is being written') }
