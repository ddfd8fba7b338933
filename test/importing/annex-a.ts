import { annexDomain, annexFlows } from '../project/annex-a.js'

/** Rasa's side of the synthetic project of the specification's annex A, with NLU data beside it. */
export const annexA: Readonly<Record<string, string>> = {
  'data/flows.yml': annexFlows,
  'data/nlu.yml': `nlu:
  - intent: rent
    examples: |
      - a bike at [Central](station) for [two]{"entity": "hours", "value": 2} hours
`,
  'domain.yml': `${annexDomain}responses:
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
