/** Rasa's side of the synthetic project of the specification's annex A, with NLU data beside it. */
export const annexA: Readonly<Record<string, string>> = {
  'data/flows.yml': `flows:
  rent_bike:
    name: bike rental
    description: Rent a city bike at a station for some hours.
    if: not slots.blocked
    nlu_trigger:
      - intent: {name: rent, confidence_threshold: 0.6}
    always_include_in_prompt: true
    persisted_slots: [station]
    steps:
      - collect: station
        description: name of the docking station
        rejections:
          - if: not (slots.station matches "^[A-Za-z ]+$")
            utter: utter_bad_station
      - id: hours_step
        collect: hours
        utter: utter_how_long
        next:
          - if: slots.hours > 24
            then:
              - action: utter_too_long
              - set_slots:
                  - hours: null
                next: hours_step
          - if: slots.plan is null
            then:
              - call: choose_plan
                next: confirm
          - else: confirm
      - id: confirm
        collect: rental_ok
        ask_before_filling: true
        force_slot_filling: true
        next:
          - if: slots.rental_ok
            then: book
          - else: END
      - id: book
        action: action_book_bike
      - noop: true
        next:
          - if: slots.booking_failed
            then:
              - link: pattern_human_handoff
          - else:
              - link: rate_us
  choose_plan:
    description: Choose a tariff plan.
    if: False
    steps:
      - collect: plan
  rate_us:
    description: Rate the rental.
    run_pattern_completed: false
    steps:
      - collect: stars
      - action: utter_thanks
`,
  'data/nlu.yml': `nlu:
  - intent: rent
    examples: |
      - a bike at [Central](station) for [two]{"entity": "hours", "value": 2} hours
`,
  'domain.yml': `slots:
  station: {type: text, mappings: [{type: from_llm}], validation: {rejections: [{if: 'slots.station = "Mars"', utter: utter_no_mars}], refill_utter: utter_ask_station}}
  hours: {type: float, min_value: 1, max_value: 72}
  plan: {type: categorical, values: [basic, plus]}
  blocked: {type: bool, initial_value: false, mappings: [{type: controlled}]}
  rental_ok: {type: bool}
  booking_failed: {type: bool, mappings: [{type: controlled}]}
  stars: {type: float}
actions: [action_book_bike]
intents: [rent]
responses:
${['ask_station', 'bad_station', 'no_mars', 'how_long', 'too_long', 'ask_plan', 'ask_rental_ok', 'ask_stars', 'thanks'].map((name) => `  utter_${name}: [{text: ${name}}]`).join('\n')}
`,
}

/** What the annex expects in a talk. */
export const annexTalk = `stub_custom_actions:
  action_book_bike: {events: [], responses: []}
test_cases:
  - test_case: rents a bike
    steps:
      - user: rent a bike at Central for 30 hours
        commands: [start flow rent_bike, set slot station Central, set slot hours 30]
        assertions:
          - bot_uttered: {utter_name: utter_too_long}
          - bot_uttered: {utter_name: utter_how_long}
      - user: two
        commands: [set slot hours 2]
        assertions:
          - bot_uttered: {utter_name: utter_ask_plan}
      - user: the basic one
        commands: [set slot plan basic]
        assertions:
          - bot_uttered: {utter_name: utter_ask_rental_ok}
      - user: yes
        commands: [set slot rental_ok true]
        assertions:
          - action_executed: action_book_bike
          - flow_started: rate_us
`
