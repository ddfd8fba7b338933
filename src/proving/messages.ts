import { cleaned } from '../dialogue/cleanup.js'
import { isDeclared } from '../dialogue/coercion.js'
import { readCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import { flowIndex } from '../dialogue/flow-index.js'
import { legalCommands } from '../dialogue/legal.js'
import { shortcut } from '../dialogue/shortcuts.js'
import { askedSlot, groupsOf } from '../dialogue/stack.js'
import type { Tracker } from '../dialogue/tracker.js'
import { valueText } from '../dialogue/value-text.js'
import type { Project, SlotValue } from '../project/types.js'
import { valuesBeside } from './classes.js'
import type { Scene } from './scene.js'

/** A message as a test file writes it: commands in the compact syntax, or a text that needs no model. */
export type Message = { readonly lines: readonly string[] } | { readonly text: string }
/** How much may go on at once. */
export type Level = {
  /** Requests under way at once; no further one is made then. */
  readonly open: number
  /** Buttons that are pressed out of place, new sessions, restarts. */
  readonly hasStrays: boolean
}
export type Heard = { readonly message: Message; readonly commands: readonly Command[] }

export const commandsOf = (project: Project, tracker: Tracker, message: Message): readonly Command[] => {
  if ('lines' in message) return readCommands(message.lines.join('\n'), (slot, word) => isDeclared(project.slots.get(slot), word))
  const known = shortcut(project, tracker, message.text)
  return known.kind === 'commands' ? known.commands : []
}

/**
 * What may be said in this state, each once: messages that come to the same after clean-up are one. The shortest come first.
 */
export const messagesIn = (scene: Scene, tracker: Tracker, level: Level): readonly Heard[] => {
  const { project } = scene
  const heard = new Map<string, Heard>()
  for (const message of [...modelled(scene, tracker, level), ...triggered(scene), ...(level.hasStrays ? strays(scene, tracker) : [])]) {
    const commands = cleaned(project, tracker, commandsOf(project, tracker, message))
    const key = JSON.stringify(commands)
    if (!heard.has(key)) heard.set(key, { message, commands })
  }
  return [...heard.values()]
}

const start = (flow: string): string => `start flow ${flow}`
const set = (slot: string, value: SlotValue): string => `set slot ${slot} ${valueText(value)}`

/** Single commands, and those that people say together: a request with a detail, an answer with another detail, a cancel with a new request. */
const modelled = ({ project, flows, values }: Scene, tracker: Tracker, { open }: Level): readonly Message[] => {
  const legal = legalCommands(project, tracker)
  const known = legal.startable.filter((flow) => flows.has(flow))
  const isRoom = groupsOf(tracker.stack).length < open
  const startable = isRoom ? known : known.filter((flow) => tracker.stack.some(({ flow_id }) => flow_id === flow))
  const asked = askedSlot(tracker.stack)
  const fillings = (slots: Iterable<string>): readonly string[] => [...slots].flatMap((slot) => valuesBeside(values.get(slot) ?? [], tracker.slots.get(slot) ?? null).map((value) => set(slot, value)))
  const settable = [...legal.settable.keys()]
  const answers = asked !== null && legal.settable.has(asked) ? fillings([asked]) : []
  const others = fillings(settable.filter((slot) => slot !== asked))
  const emptied = settable.filter((slot) => (tracker.slots.get(slot) ?? null) !== null).map((slot) => set(slot, null))
  const single = [
    ...startable.map(start), ...answers, ...others, ...emptied,
    ...(legal.cancel ? ['cancel flow'] : []), ...(legal.skip ? ['skip question'] : []), ...(legal.repeat ? ['repeat message'] : []),
    ...(legal.chitchat ? ['offtopic reply'] : []), ...(legal.knowledge ? ['provide info'] : []), ...(legal.handoff ? ['hand over'] : []),
    ...(legal.clarify ? [`disambiguate flows ${clarified(known, tracker).join(' ')}`] : []), 'cannot handle',
  ].map((line) => [line])
  const together = [
    ...startable.flatMap((flow) => fillings(legal.settableWith.get(flow)?.keys() ?? []).map((line) => [start(flow), line])),
    ...answers.flatMap((line) => others.map((other) => [line, other])),
    ...answers.flatMap((line) => startable.map((flow) => [line, start(flow)])),
    ...(legal.cancel ? known.map((flow) => ['cancel flow', start(flow)]) : []),
  ]
  return [...single, ...together].map((lines) => ({ lines }))
}

/** One question which flow is meant is as good as any other: the answer starts one of them, and that is tried by itself. */
const clarified = (startable: readonly string[], { stack }: Tracker): readonly string[] => [...startable, ...stack.map(({ flow_id }) => flow_id)].slice(0, 2)

/** What goes past the model: intents that start flows, and rules. */
const triggered = ({ project, flows }: Scene): readonly Message[] => {
  const triggers = [...flows].flatMap((flow) => project.flows.get(flow)?.nluTriggers ?? []).map(({ intent }) => `/${intent}`)
  const ruled = project.rules.filter(({ then }) => then.kind !== 'flow' || flows.has(then.flow)).map(({ intent }) => `/${intent}`)
  const told = project.nlu.stories.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'intent' ? [`/${step.intent}`] : [])))
  return [...new Set([...triggers, ...ruled, ...told])].map((text) => ({ text }))
}

/** Buttons may be pressed long after they were shown. In their place they say what the model may say too. */
const strays = ({ project, flows }: Scene, tracker: Tracker): readonly Message[] => {
  const { settable } = legalCommands(project, tracker)
  const collected = new Set([...flows].flatMap((flow) => flowIndex(project, flow)?.slots ?? []))
  const buttons = [...project.responses.values()].flat().flatMap((variation) => variation.buttons).map(({ payload }) => payload)
  const late = new Set(buttons.filter((payload) => {
    const slot = /^\/SetSlots\(\s*([^\s=]+)/.exec(payload)?.[1] ?? ''
    return collected.has(slot) && !settable.has(slot)
  }))
  return [...late, '/session_start', '/restart'].map((text) => ({ text }))
}
