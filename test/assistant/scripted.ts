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

/** The same, but nothing is understood before `open` is called. */
export const gated = (commands: Readonly<Record<string, string>>): { readonly understander: Understander; readonly open: () => void } => {
  let open: () => void = () => { /* set below */ }
  const gate = new Promise<void>((resolve) => { open = resolve })
  const inner = scripted(commands)
  return { understander: { ...inner, understand: async (...of) => { await gate; return inner.understand(...of) } }, open }
}
