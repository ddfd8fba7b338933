/** Flows of the synthetic project in the specification's annex A. */
export const annexFlows = `flows:
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
`
/** Its domain, but for the responses, with the rest filled in. */
export const annexDomain = `slots:
  station: {type: text, mappings: [{type: from_llm}], validation: {rejections: [{if: 'slots.station = "Mars"', utter: utter_no_mars}], refill_utter: utter_ask_station}}
  hours: {type: float, min_value: 1, max_value: 72}
  plan: {type: categorical, values: [basic, plus]}
  blocked: {type: bool, initial_value: false, mappings: [{type: controlled}]}
  rental_ok: {type: bool}
  booking_failed: {type: bool, mappings: [{type: controlled}]}
  stars: {type: float}
actions: [action_book_bike]
intents: [rent]
`
