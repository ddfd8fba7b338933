/** What `attune init` writes: one flow with everything around it that a project has, by path. */
export const starterFiles: Readonly<Record<string, string>> = {
  'config.yml': `language: en
assistant_id: my-assistant
`,
  'domain/domain.yml': `slots:
  guests:
    type: float
    min_value: 1
  day:
    type: text
  booking_number:
    type: text
    mappings:
      - type: controlled

actions:
  - action_book_table

responses:
  utter_ask_guests:
    - text: For how many people?
  utter_ask_day:
    - text: On which day?
  utter_too_many:
    - text: We can seat ten people at most.
  utter_booked:
    - text: "Your table for {guests} is booked: {booking_number}."
  utter_greet:
    - text: Hello! I can book a table for you.
`,
  'flows/book_table.yml': `flows:
  book_table:
    name: book a table
    description: Book a table in the restaurant for some people on some day.
    steps:
      - collect: guests
        description: for how many people
        rejections:
          - if: slots.guests > 10
            utter: utter_too_many
      - collect: day
        description: the day of the visit
      - action: action_book_table
      - action: utter_booked
`,
  'actions/book_table.mjs': `// Business code: gets the slots, answers with events and messages. The key is the same for every attempt at one step.
export const actions = {
  action_book_table: ({ idempotencyKey }) => ({
    events: [{ event: 'slot', name: 'booking_number', value: idempotencyKey.slice(0, 6).toUpperCase() }],
  }),
}
`,
  'data/rules.yml': `nlu:
  - intent: greet
    examples: |
      - hello
      - hi
      - good morning

rules:
  - rule: greet back
    steps:
      - intent: greet
      - action: utter_greet
`,
  'data/examples.yml': `examples:
  - flow: book_table
    utterances: |
      - I would like to book a table
      - a table please
      - can I reserve a table for [four]{"slot": "guests", "value": 4}
      - we want to eat at your place on [Friday](day)
      - table for [two]{"slot": "guests", "value": 2} on [Sunday evening](day)
  - slot: guests
    utterances: |
      - we are [six]{"value": 6}
      - [3](guests)
      - for [five]{"value": 5} people
  - slot: day
    utterances: |
      - on [Monday](day)
      - [tomorrow](day)
      - [next Saturday](day) please
  - command: cancel flow
    utterances: |
      - never mind
      - forget about the table
`,
  'e2e_tests/book_table.yml': `test_cases:
  - test_case: books a table
    steps:
      - user: I need a table for 4
        commands: [start flow book_table, set slot guests 4]
        assertions:
          - bot_uttered: {utter_name: utter_ask_day}
      - user: on Friday
        commands: [set slot day Friday]
        assertions:
          - action_executed: action_book_table
          - bot_uttered: {utter_name: utter_booked}
          - flow_completed: {flow_id: book_table}

  - test_case: seats ten people at most
    steps:
      - user: a table for 12
        commands: [start flow book_table, set slot guests 12]
        assertions:
          - bot_uttered: {utter_name: utter_too_many}
          - bot_did_not_utter: {utter_name: utter_ask_day}
`,
}
