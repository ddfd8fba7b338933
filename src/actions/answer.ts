import { Ajv } from 'ajv'
import type { BotData, TrackerEvent } from '../dialogue/events.js'
import type { Project, SlotValue } from '../project/types.js'
import type { ActionAnswer, ActionMessage } from './action.js'
import { ActionFailed } from './errors.js'

/** What one action may answer at most. */
export const limits = { bytes: 1_048_576, depth: 64, events: 256, messages: 256 } as const

type Fields = Readonly<Record<string, SlotValue>>
type Answer = { readonly events?: readonly Fields[] | null; readonly messages?: readonly Fields[] | null }

const ajv = new Ajv({ strict: true, allowUnionTypes: true })
const list = (maxItems: number): object => ({ type: ['array', 'null'], maxItems, items: { type: 'object' } })
const isAnswer = ajv.compile<Answer>({ type: 'object', properties: { events: list(limits.events), messages: list(limits.messages) } })

const data = {
  type: 'object',
  properties: {
    buttons: { type: 'array', items: { type: 'object', required: ['title', 'payload'], properties: { title: { type: 'string' }, payload: { type: 'string' }, type: { type: 'string' } } } },
    image: { type: 'string' }, elements: { type: 'array' }, quick_replies: { type: 'array' }, attachment: {}, custom: {},
  },
} as const
const isSaid = ajv.compile<{ readonly text: string; readonly data?: BotData }>({ type: 'object', required: ['text'], properties: { text: { type: 'string' }, data } })
const isUtter = ajv.compile<{ readonly utter: string; readonly variables?: Fields }>({ type: 'object', required: ['utter'], properties: { utter: { type: 'string' }, variables: { type: 'object' } } })
const isBot = ajv.compile<{ readonly text: string | null; readonly data?: BotData }>({ type: 'object', properties: { text: { type: ['string', 'null'] }, data } })

const nullableText = { type: ['string', 'null'] } as const
const isReminder = ajv.compile<Fields & { readonly intent: string; readonly date_time: string }>({
  type: 'object', required: ['intent', 'date_time'],
  properties: { intent: { type: 'string', pattern: '^[^\\s{}@/]+$' }, date_time: { type: 'string' }, name: nullableText, entities: { type: ['object', 'array', 'null'] }, kill_on_user_msg: { type: ['boolean', 'null'] } },
})
const isCancelling = ajv.compile({ type: 'object', properties: { name: nullableText, intent: nullableText, entities: { type: ['object', 'array', 'null'] } } })

/**
 * Checks what an action answered, wherever it ran. Throws ActionFailed 'invalid-answer' for a wrong shape, an event an
 * action may not make, or a slot the domain does not know: nothing of such an answer is kept.
 */
export const checkedAnswer = (project: Project, action: string, answer: unknown): ActionAnswer => {
  const refuse = (detail: string): never => { throw new ActionFailed(action, 'invalid-answer', detail) }
  if (!isAnswer(answer)) return refuse(`its answer has the wrong shape: ${ajv.errorsText(isAnswer.errors, { dataVar: 'answer' })}`)
  return {
    events: (answer.events ?? []).map((event) => eventOf(project, event, refuse)),
    messages: (answer.messages ?? []).map((message) => messageOf(project, message, refuse)),
  }
}

type Refuse = (detail: string) => never
const shown = (name: SlotValue | undefined): string => (name === undefined ? 'without a name' : JSON.stringify(name).slice(0, 80))

const eventOf = (project: Project, event: Fields, refuse: Refuse): TrackerEvent => {
  const { event: kind, name, value = null } = event
  switch (kind) {
    case 'slot':
      if (typeof name !== 'string' || !project.slots.has(name)) return refuse(`it sets the slot ${shown(name)}, which the domain does not declare`)
      return { event: 'slot', name, value }
    case 'bot':
      return isBot(event) ? { event: 'bot', text: event.text, data: event.data ?? {}, metadata: {} } : refuse('a bot event has the wrong shape')
    case 'session_ended': return { event: kind, reason: 'action' }
    case 'session_paused': return typeof event['reason'] === 'string' ? { event: kind, reason: event['reason'] } : { event: kind }
    case 'reset_slots': case 'restart': case 'pause': case 'resume': case 'rewind': case 'undo': case 'conversation_inactive': case 'conversation_resumed': return { event: kind }
    case 'reminder': return reminderOf(event, refuse)
    case 'cancel_reminder': return isCancelling(event) ? { event: kind, ...filled(event, ['name', 'intent', 'entities']) } : refuse('a cancel_reminder event has the wrong shape')
    default: return refuse(`an action may not make the event ${shown(kind)}`)
  }
}

/** A time without a zone is one of this machine, as in Rasa. */
const reminderOf = (event: Fields, refuse: Refuse): TrackerEvent => {
  if (!isReminder(event)) return refuse(`a reminder event has the wrong shape: ${ajv.errorsText(isReminder.errors, { dataVar: 'event' })}`)
  if (Number.isNaN(Date.parse(event.date_time))) return refuse(`the time of a reminder is ${shown(event.date_time)}, which is no date and time in ISO form`)
  return { event: 'reminder', intent: event.intent, date_time: event.date_time, ...filled(event, ['name', 'entities', 'kill_on_user_msg']) }
}

const filled = (event: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.flatMap((name) => (event[name] === undefined || event[name] === null ? [] : [[name, event[name]]])))

const messageOf = (project: Project, message: Fields, refuse: Refuse): ActionMessage => {
  if ('utter' in message) {
    if (!isUtter(message)) return refuse('a message with "utter" has the wrong shape')
    if (!project.responses.has(message.utter)) return refuse(`it answers with the response "${message.utter.slice(0, 80)}", which the domain does not declare`)
    return { utter: message.utter, variables: message.variables ?? {} }
  }
  return isSaid(message) ? { text: message.text, data: message.data ?? {} } : refuse('a message needs "utter" or "text"')
}
