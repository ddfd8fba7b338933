import { createHash } from 'node:crypto'
import { cleaned, keyOf } from '../dialogue/cleanup.js'
import { writeCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import { shortcut } from '../dialogue/shortcuts.js'
import { isReachable, startOf } from '../language/grammar.js'
import { promptOf, promptText } from '../language/prompt.js'
import { valuesIn } from '../language/values.js'
import type { Project, SlotValue } from '../project/types.js'
import { inOneSpelling, type Draft, type Kind } from './draft.js'
import type { Example, Origin } from './example.js'
import { legalState } from './legal-state.js'

/** Why a draft does not become an example. */
export type Dropped = {
  readonly reason:
    | 'rule' // a rule answers it, the model never sees it
    | 'nothing new' // the state knows all it says
    | 'unreachable' // the decoder could not write it
  readonly kind: Kind
  readonly origin: Origin
  readonly message: string
  readonly completion: string
}

/** An example on its way, with what grouping and balance need. */
export type Candidate = { readonly example: Omit<Example, 'group' | 'weight'>; readonly kind: Kind; readonly flow: string | null; readonly template: string }
export type Finished = { readonly candidates: readonly Candidate[]; readonly dropped: readonly Dropped[] }

/** Renders and checks drafts. What the engine would throw away is not learned. */
export const finished = (project: Project, drafts: readonly Draft[]): Finished => {
  const candidates: Candidate[] = []
  const dropped: Dropped[] = []
  for (const draft of drafts) {
    const result = finish(project, draft)
    if ('reason' in result) dropped.push(result)
    else candidates.push(result)
  }
  return { candidates, dropped }
}

const finish = (project: Project, { spot, said, commands, kind, flow, origin, template }: Draft): Candidate | Dropped => {
  const message = said.text.trim()
  const drop = (reason: Dropped['reason'], completion = writeCommands(commands)): Dropped => ({ reason, kind, origin, message, completion })
  if (shortcut(project, spot.tracker, message).kind === 'commands') return drop('rule')
  const written = inOneSpelling(project, spot, withCutValues(project, commands, message))
  const kept = surviving(written, cleaned(project, spot.tracker, written), spot.tracker.slots)
  if (kept.length === 0) return drop('nothing new')
  const completion = writeCommands(kept)
  if (!isReachable(startOf(spot.legal, message), completion)) return drop('unreachable', completion)
  const prompt = promptText(promptOf(project, spot.situation, message))
  const id = createHash('sha256').update(prompt).update('\u0000').update(completion).digest('hex')
  return { example: { id, message, prompt, completion, commands: kept, legal: legalState(spot.legal), origin }, kind, flow, template }
}

const lettersOf = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')

/** Text values as the decoder cuts them from a message: `12.09.` at the end of a sentence is `12.09` to it. */
const withCutValues = (project: Project, commands: readonly Command[], message: string): readonly Command[] => {
  const values = valuesIn(message)
  return commands.map((command) => {
    const slot = command.command === 'set slot' ? project.slots.get(command.name) : undefined
    if (command.command !== 'set slot' || slot?.type !== 'text' || typeof command.value !== 'string') return command
    const { value } = command
    const candidates = values(slot)
    if (candidates.some((candidate) => candidate.value === value)) return command
    const cut = candidates.find(({ text }) => lettersOf(text) === lettersOf(value))
    return cut === undefined ? command : { ...command, value: cut.value }
  })
}

/** The commands that clean-up keeps, as the model would write them: a correction is written as a filling. */
export const surviving = (commands: readonly Command[], kept: readonly Command[], slots: ReadonlyMap<string, SlotValue>): readonly Command[] => {
  const corrected = new Set(kept.flatMap((command) => (command.command === 'correct slot' ? command.corrected_slots.map(({ name }) => name) : [])))
  const keys = new Set(kept.map(keyOf))
  // What is cancelled takes its values along; the flow that is started instead needs them said.
  const isStartedAnew = keys.has('cancel flow') && kept.some(({ command }) => command === 'start flow')
  return commands.filter((command) => {
    if (command.command !== 'set slot') return keys.has(keyOf(command)) || (command.command === 'clarify' && kept.some((other) => other.command === 'start flow'))
    if (!keys.has(keyOf(command)) && !corrected.has(command.name)) return false
    return isStartedAnew || (slots.get(command.name) ?? null) !== command.value
  })
}
