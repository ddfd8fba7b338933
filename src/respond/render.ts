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
  if (typeof said !== 'string') return { ...said, fault: null }
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
  const fits = variations.filter(({ channel, condition }) =>
    (channel === null || channel === scene.channel) && (condition === null || holdsSafely(project, condition, scene)))
  for (const [hasChannel, hasCondition] of [[true, true], [true, false], [false, true], [false, false]] as const) {
    const level = fits.filter((variation) => (variation.channel !== null) === hasChannel && (variation.condition !== null) === hasCondition)
    if (level.length > 0) return level
  }
  return []
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
  const { template, ...metadata } = variation.metadata
  const lookup = lookupIn(scene)
  const isJinja = template === 'jinja'
  const jinjaVariables = { ...scene.variables, slots: Object.fromEntries(scene.slots), context: scene.context }
  const write = (text: string): string => (isJinja ? renderJinja(text, jinjaVariables) : filled(text, lookup))
  const payload = (text: string): string => (isJinja ? write(text) : filled(text, lookup, writtenInPayload(text)))

  const text = (scene.language === null ? undefined : variation.translation[scene.language]) ?? variation.text
  const { buttons, image, attachment, custom, elements, quickReplies } = variation
  const data: BotData = {
    ...(buttons.length > 0 && { buttons: buttons.map((button) => ({ ...button, title: write(button.title), payload: payload(button.payload) })) }),
    ...(image !== null && { image: write(image) }),
    ...(attachment !== null && { attachment: mapStrings(attachment, write) }),
    ...(custom !== null && { custom: mapStrings(custom, write) }),
    ...(elements.length > 0 && { elements: elements.map((element) => mapStrings(element, write)) }),
    ...(quickReplies.length > 0 && { quick_replies: quickReplies.map((reply) => mapStrings(reply, write)) }),
  }
  return { text: text === null ? null : write(text).trimEnd(), data, metadata: { ...metadata, utter_action: response } }
}

/** Variables first, then slots; `{context.name}` and `{slots.name}` are understood too. */
const lookupIn = ({ slots, context, variables }: Scene): Lookup => (name) => {
  if (Object.hasOwn(variables, name)) return variables[name]
  if (slots.has(name)) return slots.get(name)
  const [space, property = ''] = name.split('.', 2)
  if (space === 'slots') return slots.get(property)
  return space === 'context' && Object.hasOwn(context, property) ? context[property] : undefined
}
