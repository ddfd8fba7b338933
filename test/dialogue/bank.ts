/** A small bank that touches every step kind. Responses have no wording of interest: tests look at their names. */
export const bank = `
version: "3.1"
actions: [action_check_funds, action_transfer, action_balance, validate_city]
slots:
  recipient: {type: text}
  amount: {type: float, min_value: 0}
  confirmed: {type: bool}
  funds: {type: bool, mappings: [{type: controlled}]}
  account: {type: categorical, values: [Current, Savings]}
  street: {type: text}
  city: {type: text}
  zip: {type: text, validation: {rejections: [{if: 'not (slots.zip matches "^[0-9]{4}$")', utter: utter_bad_zip}], refill_utter: utter_ask_zip}}
  card: {type: categorical, values: [debit, credit]}
  note: {type: text}
  blocked: {type: bool, initial_value: false, mappings: [{type: controlled}]}
responses:
  utter_ask_recipient: [{text: To whom?}]
  utter_ask_amount: [{text: How much?}]
  utter_ask_confirmed: [{text: Sure?}]
  utter_ask_account: [{text: Which account?}]
  utter_ask_street: [{text: Street?}]
  utter_ask_city: [{text: City?}]
  utter_ask_zip: [{text: Zip?}]
  utter_ask_card: [{text: Which card?}]
  utter_ask_note: [{text: Note?}]
  utter_bad_zip: [{text: Bad zip.}]
  utter_too_much: [{text: Too much.}]
  utter_declined: [{text: Declined.}]
  utter_done: [{text: Done.}]
  utter_blocked: [{text: Blocked.}]
  utter_moved: [{text: Moved.}]
  utter_no_funds: [{text: No funds.}]
flows:
  transfer:
    name: transfer money
    description: send money to somebody
    steps:
      - collect: recipient
        description: who gets it
      - id: ask_amount
        collect: amount
        rejections:
          - if: slots.amount > 1000
            utter: utter_too_much
      - action: action_check_funds
        next:
          - if: slots.funds
            then: confirm
          - else:
              - action: utter_no_funds
              - set_slots:
                  - amount: null
                next: ask_amount
      - id: confirm
        collect: confirmed
        ask_before_filling: true
        next:
          - if: slots.confirmed
            then:
              - action: action_transfer
              - action: utter_done
                next: END
          - else:
              - action: utter_declined
                next: END
  balance:
    name: balance
    description: tell the balance
    steps:
      - collect: account
      - action: action_balance
  move:
    name: moving house
    description: change the address
    steps:
      - call: address
      - collect: note
      - action: utter_moved
  address:
    name: address
    description: ask for an address
    if: false
    steps:
      - collect: street
      - collect: city
      - collect: zip
  block:
    name: block card
    description: block a card
    if: not slots.blocked
    run_pattern_completed: false
    persisted_slots: [card]
    steps:
      - collect: card
      - action: utter_blocked
  lost:
    name: lost wallet
    description: the wallet is lost
    steps:
      - collect: note
      - link: block
`
