import { readCommands } from '../../src/dialogue/command-text.js'
import type { Understander } from '../../src/understand/understanding.js'

/** Understands exactly these messages, each as the commands written beside it in the compact syntax; all others not at all. */
export const scripted = (commands: Readonly<Record<string, string>>): Understander => ({
  modelVersion: 'scripted',
  understand: async (_project, _tracker, message) => {
    const text = Object.hasOwn(commands, message) ? commands[message] ?? '' : 'cannot handle'
    return { commands: readCommands(text), candidates: [{ text, probability: 1 }], probability: 1, promptHash: 'none', modelVersion: 'scripted', milliseconds: 0 }
  },
  dispose: async () => { /* holds nothing */ },
})
