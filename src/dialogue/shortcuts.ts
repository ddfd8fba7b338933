import type { Project, Slot, SlotValue } from '../project/types.js'
import { isDeclared } from './coercion.js'
import type { Command } from './commands.js'
import type { Mention } from './heard.js'
import { slotOfText } from './mapped-slots.js'
import { commandsOf, ruledCommands } from './meaning.js'
import type { Tracker } from './tracker.js'

/** Either commands, known without any model, or the text that the model is to read. */
export type Shortcut = { readonly kind: 'commands'; readonly commands: readonly Command[] } | { readonly kind: 'ask'; readonly text: string }

const MAXIMUM_PAIRS = 10
const commands = (...list: readonly Command[]): Shortcut => ({ kind: 'commands', commands: list })

/** `/SetSlots(...)`, `/intent{...}`, `/restart` and the like, empty and overlong messages, and rules: a rule beats the model. */
export const shortcut = (project: Project, tracker: Tracker, message: string): Shortcut => {
  const text = message.trim()
  const { maximumCharacters } = project.config
  if (text === '') return commands({ command: 'error', error_type: 'rasa_internal_error_user_input_empty', info: {} })
  if (text.length > maximumCharacters) {
    return commands({ command: 'error', error_type: 'rasa_internal_error_user_input_too_long', info: { max_characters: maximumCharacters } })
  }
  if (text.startsWith('/')) return slashed(project, tracker, text)
  // Where a router decides, rules belong to one of the two systems, which it knows only once it has heard the intent.
  const ruled = project.config.nlu?.router == null ? ruledCommands(project, tracker, text) : null
  if (ruled !== null) return commands(...ruled)
  const answer = slotOfText(project, tracker, text)
  return answer === null ? { kind: 'ask', text } : commands(answer)
}

const slashed = (project: Project, tracker: Tracker, text: string): Shortcut => {
  const slots = /^\/SetSlots\((.*)\)$/s.exec(text)
  if (slots !== null) return buttonSlots(project, slots[1] ?? '')
  switch (slashedIntent.exec(text)?.[1]) {
    case 'restart': return commands({ command: 'restart' })
    case 'session_start': return commands({ command: 'session start' })
    case 'session_end': return commands({ command: 'session end' })
    case 'silence_timeout': return commands({ command: 'user silence' })
    default: return intentCommands(project, tracker, text) ?? { kind: 'ask', text: text.replace(/^\/+/, '') }
  }
}

/** A button's `/SetSlots(a=1, b=x)`. What cannot be read as such is not understood: nothing of it is taken. */
const buttonSlots = (project: Project, inside: string): Shortcut => {
  const pairs = inside.split(',').map((pair) => /^\s*([^\s=(),]+)\s*=\s*(.*?)\s*$/s.exec(pair))
  const isSound = pairs.length <= MAXIMUM_PAIRS && pairs.every((pair) => pair !== null && project.slots.get(pair[1] ?? '')?.type !== 'list')
  if (!isSound) return commands({ command: 'cannot handle', reason: 'cannot_handle_not_supported' })
  return commands(...pairs.map((pair): Command => ({ command: 'set slot', name: pair?.[1] ?? '', value: buttonValue(project.slots.get(pair?.[1] ?? ''), pair?.[2] ?? ''), extractor: 'button' })))
}

const buttonValue = (slot: Slot | undefined, text: string): SlotValue => (['None', 'null', 'undefined'].includes(text) && !isDeclared(slot, text) ? null : text.replace(/^(["'])(.*)\1$/s, '$2'))

/** `/intent{...}`: what it means, null where it means nothing here. A router hears it as it hears what a classifier says. */
const intentCommands = (project: Project, tracker: Tracker, text: string): Shortcut | null => {
  const said = saidIntent(text)
  if (said === null) return null
  const { nlu } = project.config
  if (nlu !== undefined && (nlu.router !== null || said.intent.includes('/'))) return isKnown(project, said.intent) ? { kind: 'ask', text } : null
  const list = commandsOf(project, tracker, { ...said, confidence: 1, text, isSaid: true })
  return list.length > 0 ? commands(...list) : null
}

const isKnown = (project: Project, intent: string): boolean =>
  project.nlu.examples.some((example) => example.intent === intent || example.intent.startsWith(`${intent}/`))
  || project.rules.some((rule) => rule.intent === intent) || project.nlu.stories.some(({ steps }) => steps.some((step) => step.kind === 'intent' && step.intent === intent))
  || [...project.flows.values()].some(({ nluTriggers }) => nluTriggers.some((trigger) => trigger.intent === intent))

/** Reads `/intent{"entity": "value"}`; null where it is none. Such an entity plays any role. */
export const saidIntent = (text: string): { readonly intent: string; readonly entities: readonly Mention[] } | null => {
  const [, intent = '', json] = slashedIntent.exec(text) ?? []
  const values = entitiesOf(json)
  if (intent === '' || values === null) return null
  return { intent, entities: Object.entries(values).map(([entity, value]) => ({ entity, value })) }
}
const slashedIntent = /^\/+([^\s{@]+)(?:@[\d.]+)?\s*(\{.*\})?$/s

const entitiesOf = (json: string | undefined): Readonly<Record<string, SlotValue>> | null => {
  if (json === undefined) return {}
  try {
    const parsed: unknown = JSON.parse(json)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed as Readonly<Record<string, SlotValue>> : null
  } catch {
    return null
  }
}
