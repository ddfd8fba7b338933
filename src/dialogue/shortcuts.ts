import type { Project, Rule, Slot, SlotValue } from '../project/types.js'
import { normalise } from '../project/normalise.js'
import { occursIn } from '../project/pattern.js'
import { isDeclared } from './coercion.js'
import type { Command } from './commands.js'
import { slotOfText, slotsOfIntent } from './mapped-slots.js'
import { isStartable, standing } from './standing.js'
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
  const rule = matchingRule(project, tracker, ({ texts, patterns }) => {
    const said = normalise(text)
    return texts.includes(said) || patterns.some((source) => occursIn({ source, flags: '' }, said))
  })
  if (rule !== null) return commands(commandOf(rule), ...slotsOfIntent(project, { name: rule.intent, entities: {}, isTrigger: rule.then.kind === 'flow' }))
  const answer = slotOfText(project, tracker, text)
  return answer === null ? { kind: 'ask', text } : commands(answer)
}

const slashed = (project: Project, tracker: Tracker, text: string): Shortcut => {
  const slots = /^\/SetSlots\((.*)\)$/s.exec(text)
  if (slots !== null) return buttonSlots(project, slots[1] ?? '')
  const match = /^\/+([^\s{@/]+)(?:@[\d.]+)?\s*(\{.*\})?$/s.exec(text)
  const intent = match?.[1] ?? ''
  switch (intent) {
    case 'restart': return commands({ command: 'restart' })
    case 'session_start': return commands({ command: 'session start' })
    case 'session_end': return commands({ command: 'session end' })
    case 'silence_timeout': return commands({ command: 'user silence' })
    default: return intentCommands(project, tracker, intent, match?.[2]) ?? { kind: 'ask', text: text.replace(/^\/+/, '') }
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

/** What an intent means: the flows that it triggers, a rule, and slots filled from its entities. Null where it means nothing here. */
const intentCommands = (project: Project, tracker: Tracker, intent: string, json: string | undefined): Shortcut | null => {
  const entities = entitiesOf(json)
  if (intent === '' || entities === null) return null
  const flow = [...project.flows.values()].find(({ nluTriggers }) => nluTriggers.some((trigger) => trigger.intent === intent && trigger.confidenceThreshold <= 1))
  const rule = matchingRule(project, tracker, (candidate) => candidate.intent === intent)
  const filled = slotsOfIntent(project, { name: intent, entities, isTrigger: flow !== undefined || rule?.then.kind === 'flow' })
  if (rule !== null) return commands(commandOf(rule), ...filled)
  if (flow !== undefined) return commands({ command: 'start flow', flow: flow.id, trigger: 'intent' }, ...filled)
  return filled.length > 0 ? commands(...filled) : null
}

const entitiesOf = (json: string | undefined): Readonly<Record<string, SlotValue>> | null => {
  if (json === undefined) return {}
  try {
    const parsed: unknown = JSON.parse(json)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed as Readonly<Record<string, SlotValue>> : null
  } catch {
    return null
  }
}

/** The first rule that matches and can act: a rule for a flow that may not start now does not apply. */
const matchingRule = (project: Project, tracker: Tracker, matches: (rule: Rule) => boolean): Rule | null => {
  const found = project.rules.find(matches)
  if (found === undefined) return null
  const state = standing(project, tracker)
  return project.rules.find((rule) => (rule.then.kind !== 'flow' || isStartable(state, rule.then.flow)) && matches(rule)) ?? null
}

const commandOf = ({ name, then }: Rule): Command => (then.kind === 'flow' ? { command: 'start flow', flow: then.flow } : { command: 'apply rule', rule: name })
