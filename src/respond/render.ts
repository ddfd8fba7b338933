import { holds } from '../dialogue/conditions.js'
import type { BotData } from '../dialogue/events.js'
import type { BotMessage } from '../dialogue/outcome.js'
import { TemplateFault } from '../dialogue/template.js'
import type { Condition } from '../project/condition.js'
import type { Project, ResponseVariation, SlotValue } from '../project/types.js'
import { TemplateFailed } from './errors.js'
import { filled, mapStrings, writtenInPayload, type Lookup } from './fill.js'
import { renderJinja } from './jinja.js'

/** Where and when something is said. */
export type Scene = {
  readonly slots: ReadonlyMap<string, SlotValue>
  /** `context.*` of the pattern that speaks. */
  readonly context: Readonly<Record<string, SlotValue>>
  /** Go over slots of the same name in `{name}`. */
  readonly variables: Readonly<Record<string, SlotValue>>
  readonly channel: string
  /** null: the language of the project. */
  readonly language: string | null
}

/** Chooses one of `count` variations, 0 to count - 1. */
export type Pick = (count: number) => number

/** What is to be said, and for the log what was wrong with the response that should have been said. */
export type Rendered = {
  readonly message: BotMessage
  /** `id` of the variation that was chosen. */
  readonly id: string | null
  readonly fault: string | null
}

const apology = 'utter_internal_error_rasa'

/**
 * Renders a response by name. Something is always said: a response without an eligible variation, or with a broken
 * template, gives way to `utter_internal_error_rasa` and a fault.
 */
export const render = (project: Project, response: string, scene: Scene, pick: Pick): Rendered => {
  const said = tried(project, response, scene, pick)
  if (typeof said !== 'string') return { fault: null, ...said }
  const excuse = response === apology ? said : tried(project, apology, scene, pick)
  return { id: null, fault: said, message: typeof excuse !== 'string' ? excuse.message : { text: 'Sorry, something went wrong.', data: {}, metadata: { utter_action: response } } }
}

/** The message, or why there is none. */
const tried = (project: Project, response: string, scene: Scene, pick: Pick): { readonly message: BotMessage; readonly id: string | null } | string => {
  const variations = project.responses.get(response)
  if (!variations) return `response ${response} does not exist`
  const eligible = eligibleOf(project, variations, scene)
  const chosen = eligible[pick(eligible.length)] ?? eligible[0]
  if (!chosen) return `no variation of ${response} fits channel "${scene.channel}" and its conditions`
  try {
    return { message: messageOf(response, chosen, scene), id: chosen.id }
  } catch (error) {
    if (!(error instanceof TemplateFailed)) throw error
    return `${response} at ${chosen.place.file}:${chosen.place.line}: ${error.message}`
  }
}

/** The first of four levels that has any: condition and channel, channel, condition, neither (calm-spec section 8). */
const eligibleOf = (project: Project, variations: readonly ResponseVariation[], scene: Scene): readonly ResponseVariation[] => {
  let eligible: ResponseVariation[] = []
  let highest = 0
  for (const variation of variations) {
    const { channel, condition } = variation
    const level = (channel === null ? 0 : 2) + (condition === null ? 0 : 1)
    if (level < highest || (channel !== null && channel !== scene.channel) || (condition !== null && !holdsSafely(project, condition, scene))) continue
    if (level > highest) eligible = []
    highest = level
    eligible.push(variation)
  }
  return eligible
}

const holdsSafely = (project: Project, condition: Condition, { slots, context }: Scene): boolean => {
  try {
    return holds(condition, { project, slots, context })
  } catch (error) {
    if (error instanceof TemplateFault) return false
    throw error
  }
}

const messageOf = (response: string, variation: ResponseVariation, scene: Scene): BotMessage => {
  const { write, writePayload } = variation.metadata.template === 'jinja' ? jinjaWriter(scene) : plainWriter(scene)
  const text = (scene.language === null ? undefined : variation.translation[scene.language]) ?? variation.text
  const { buttons, image, attachment, custom, elements, quickReplies } = variation
  const data: { -readonly [K in keyof BotData]: BotData[K] } = {}
  if (buttons.length > 0) data.buttons = buttons.map((button) => ({ ...button, title: write(button.title), payload: writePayload(button.payload) }))
  if (image !== null) data.image = write(image)
  if (attachment !== null) data.attachment = mapStrings(attachment, write)
  if (custom !== null) data.custom = mapStrings(custom, write)
  if (elements.length > 0) data.elements = elements.map((element) => mapStrings(element, write))
  if (quickReplies.length > 0) data.quick_replies = quickReplies.map((reply) => mapStrings(reply, write))
  return { text: text === null ? null : write(text).trimEnd(), data, metadata: metadataOf(response, variation) }
}

/** How the texts of a variation are filled; values in payloads must not become syntax. */
type Writer = { readonly write: (text: string) => string; readonly writePayload: (text: string) => string }

const plainWriter = (scene: Scene): Writer => {
  const lookup = lookupIn(scene)
  return { write: (text) => filled(text, lookup), writePayload: (text) => filled(text, lookup, writtenInPayload(text)) }
}

const jinjaWriter = ({ variables, slots, context }: Scene): Writer => {
  const all = { ...variables, slots: Object.fromEntries(slots), context }
  const write = (text: string): string => renderJinja(text, all)
  return { write, writePayload: write }
}

/** What is said about the message: the author's notes, but not how the text was to be filled. */
const metadataOf = (response: string, { metadata: notes }: ResponseVariation): BotMessage['metadata'] => {
  const metadata = { ...notes, utter_action: response }
  return notes.template === undefined ? metadata : Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'template'))
}

/** Variables first, then slots; `{context.name}` and `{slots.name}` are understood too. */
const lookupIn = ({ slots, context, variables }: Scene): Lookup => (name) => {
  if (Object.hasOwn(variables, name)) return variables[name]
  if (slots.has(name)) return slots.get(name)
  const [space, property = ''] = name.split('.', 2)
  if (space === 'slots') return slots.get(property)
  return space === 'context' && Object.hasOwn(context, property) ? context[property] : undefined
}
