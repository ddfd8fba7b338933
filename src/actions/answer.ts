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
    case 'reset_slots': case 'restart': case 'pause': case 'resume': return { event: kind }
    default: return refuse(`an action may not make the event ${shown(kind)}`)
  }
}

const messageOf = (project: Project, message: Fields, refuse: Refuse): ActionMessage => {
  if ('utter' in message) {
    if (!isUtter(message)) return refuse('a message with "utter" has the wrong shape')
    if (!project.responses.has(message.utter)) return refuse(`it answers with the response "${message.utter.slice(0, 80)}", which the domain does not declare`)
    return { utter: message.utter, variables: message.variables ?? {} }
  }
  return isSaid(message) ? { text: message.text, data: message.data ?? {} } : refuse('a message needs "utter" or "text"')
}
