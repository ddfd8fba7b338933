import { readProject } from '../../src/project/load.js'
import type { Project } from '../../src/project/types.js'

/** A café in memory: small, but with a branch, an action, a correction and a clarification to test with. */
const files: Readonly<Record<string, string>> = {
  'config.yml': 'language: en\nassistant_id: cafe\ncompat: "3.16"\n',
  'flows/cafe.yml': `
flows:
  order_drink:
    name: drink order
    description: Order something to drink.
    steps:
      - collect: drink
      - id: ask_cups
        collect: cups
        rejections:
          - if: slots.cups > 10
            utter: utter_too_many
      - action: action_stock
        next:
          - if: slots.in_stock
            then: serve
          - else: sold_out
      - id: serve
        action: utter_served
        next: END
      - id: sold_out
        action: utter_sold_out
  book_table:
    name: table booking
    description: Book a table for some guests.
    steps:
      - collect: guests
      - action: utter_booked
`,
  'domain/cafe.yml': `
slots:
  drink: {type: text}
  cups: {type: float}
  guests: {type: float}
  in_stock: {type: bool, mappings: [{type: controlled}]}
actions: [action_stock]
responses:
  utter_ask_drink:
    - text: What would you like?
      buttons:
        - {title: Tea, payload: /SetSlots(drink=tea)}
        - {title: Coffee, payload: /SetSlots(drink=coffee)}
  utter_ask_cups: [{text: How many cups?}]
  utter_ask_guests: [{text: For how many?}]
  utter_too_many: [{text: Ten at most.}]
  utter_served: [{text: "Here is your {drink}."}]
  utter_sold_out: [{text: "There is no {drink} left."}]
  utter_booked: [{text: "Booked for {guests}."}]
`,
}

export const cafe = (): Project => {
  const { project, problems } = readProject('/cafe', new Map(Object.entries(files)), { env: {}, actionWords: new Set(['in_stock', 'action_stock']), problems: [] })
  if (project === null) throw new Error(JSON.stringify(problems, null, 1))
  return project
}
