import { loaded } from '../project/in-memory.js'
import type { Project } from '../../src/project/types.js'

/** A shop that sells one thing at a time: small enough to be proved in a moment. */
const files = {
  'config.yml': 'language: en\nassistant_id: shop\ncompat: "3.16"\n',
  'domain.yml': `
slots:
  amount: {type: float}
  confirmed: {type: bool}
  has_funds: {type: bool, mappings: [{type: controlled}]}
  is_closed: {type: bool, initial_value: false, mappings: [{type: controlled}]}
actions: [action_check, action_pay]
responses:
  utter_ask_amount: [{text: "How much?"}]
  utter_ask_confirmed: [{text: "Pay {amount}?", buttons: [{title: "Yes", payload: "/SetSlots(confirmed=true)"}]}]
  utter_low: [{text: "More than nothing, please."}]
  utter_poor: [{text: "You cannot afford that."}]
  utter_done: [{text: "Anything else?"}]
`,
  'flows/pay.yml': `
flows:
  pay:
    description: Pays.
    if: not slots.is_closed
    steps:
      - collect: amount
        rejections:
          - if: slots.amount <= 0
            utter: utter_low
      - action: action_check
        next:
          - if: slots.has_funds
            then: confirm
          - else:
              - action: utter_poor
                next: END
      - id: confirm
        collect: confirmed
        ask_before_filling: true
        next:
          - if: slots.confirmed
            then: go
          - else: END
      - id: go
        action: action_pay
  pattern_completed:
    description: Goes on.
    steps:
      - action: utter_done
`,
}
export const assumptions = `
assumptions:
  actions:
    action_check: {sets: {has_funds: [true, false]}}
    action_pay: {sets: {}}
`
type Files = Readonly<Record<keyof typeof files, string>>
const shopFiles = (properties: string, changed: Partial<Files> = {}): Readonly<Record<string, string>> => ({ ...files, ...changed, 'properties.yml': properties })
export const shop = (properties: string, changed: Partial<Files> = {}, further = ''): Project => loaded({ ...shopFiles(properties, changed), 'further.yml': further })
export const flowsWith = (from: string, to: string): string => {
  if (!files['flows/pay.yml'].includes(from)) throw new Error(`the flows do not hold ${from}`)
  return files['flows/pay.yml'].replace(from, to)
}
