import type { Action } from '../../src/actions/action.js'
import { setSlot } from '../../src/actions/action.js'
import { openActions } from '../../src/actions/runner.js'
import { Assistant } from '../../src/assistant/assistant.js'
import type { AssistantParts } from '../../src/assistant/parts.js'
import type { Project } from '../../src/project/types.js'
import { searchOver } from '../../src/respond/search.js'
import { openMemoryStore } from '../../src/store/memory.js'
import { projectFrom } from '../actions/small-project.js'
import { scripted } from './scripted.js'

const files = {
  'config.yml': 'language: en\nassistant_id: tiny\n',
  'domain.yml': `
slots:
  payee: {type: text, mappings: [{type: from_llm}]}
  amount: {type: float, mappings: [{type: from_llm}]}
  confirmed: {type: bool, mappings: [{type: from_llm}]}
  reference: {type: text, mappings: [{type: controlled}]}
actions: [action_pay]
responses:
  utter_ask_payee: [{text: "To whom?"}]
  utter_ask_amount: [{text: "How much to {payee}?"}]
  utter_ask_confirmed: [{text: "Send {amount} to {payee}?", buttons: [{title: "Yes", payload: "/SetSlots(confirmed=true)"}]}]
  utter_paid: [{text: "Sent, {reference}."}]
  utter_not_paid: [{text: "Not sent."}]
  utter_internal_error_rasa: [{text: "Something went wrong."}]
  utter_greet: [{text: "Hello!"}, {text: "Hi!"}, {text: "Good day!"}]
`,
  'flows/pay.yml': `
flows:
  pay:
    description: Sends money to somebody.
    run_pattern_completed: false
    steps:
      - collect: payee
      - collect: amount
      - collect: confirmed
        next:
          - if: slots.confirmed
            then: go
          - else:
              - action: utter_not_paid
                next: END
      - id: go
        action: action_pay
      - action: utter_paid
  pattern_search:
    description: Answers from knowledge.
    steps:
      - action: action_trigger_search
`,
  'data/rules.yml': `
nlu:
  - intent: greet
    examples: |
      - hello
rules:
  - rule: greet back
    steps:
      - intent: greet
      - action: utter_greet
`,
}
export const bankProject: Project = projectFrom(files)
/** The same project, changed by a person in the meantime. */
export const bankProjectWith = (changed: Partial<typeof files>): Project => projectFrom({ ...files, ...changed })
export const bankFiles = files

export const words: Readonly<Record<string, string>> = {
  'pay somebody': 'start flow pay',
  'pay Ann 50': 'start flow pay\nset slot payee Ann\nset slot amount 50',
  'to Bob': 'set slot payee Bob',
  '20': 'set slot amount 20',
  'yes': 'set slot confirmed true',
  'no': 'set slot confirmed false',
  'never mind': 'cancel flow',
  'what are the fees': 'provide info',
  'who are you': 'provide info',
}

/** Every call of action_pay, as the world outside sees it. */
export type Payment = { readonly key: string; readonly payee: unknown; readonly amount: unknown }

export type Bank = { readonly assistant: Assistant; readonly parts: AssistantParts; readonly payments: Payment[]; readonly clock: { seconds: number } }
/** The tiny bank over any parts. Times and ids count up, so that runs can be compared. */
export const openBank = async (changes: Partial<AssistantParts> & { readonly pay?: Action } = {}): Promise<Bank> => {
  const { pay, ...given } = changes
  const payments: Payment[] = []
  const clock = { seconds: 1_700_000_000 }
  let ids = 0
  const action_pay: Action = pay ?? (({ slots, idempotencyKey }) => {
    payments.push({ key: idempotencyKey, payee: slots['payee'], amount: slots['amount'] })
    return { events: [setSlot('reference', `R${payments.length}`)] }
  })
  const project = given.project ?? bankProject
  const parts: AssistantParts = {
    project, store: openMemoryStore(), understander: scripted(words),
    actions: given.actions ?? await openActions(project, { actions: new Map([['action_pay', action_pay]]), timeoutMilliseconds: 1_000 }),
    search: searchOver([{ title: 'fees', questions: ['what are the fees'], answer: 'No fees at all.' }]),
    now: () => { clock.seconds += 0.5; return clock.seconds },
    newId: () => `id${++ids}`,
    ...given,
  }
  return { assistant: new Assistant(parts), parts, payments, clock }
}

/** Says a message and gives back the texts of the answer. */
export const say = async (assistant: Assistant, text: string, { conversation = 'c', messageKey }: { readonly conversation?: string; readonly messageKey?: string } = {}): Promise<readonly (string | null)[]> =>
  (await assistant.handle({ conversation, text, channel: 'rest', ...(messageKey !== undefined && { messageKey }) })).messages.map((message) => message.text)
