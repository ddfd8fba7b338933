/** A lending library: small enough to know every state of it, with a branch on what an action found and a called flow. */
export const library: Readonly<Record<string, string>> = {
  'config.yml': 'language: en\nassistant_id: library\n',
  'domain.yml': `
actions: [action_find_book, action_lend, action_open_hours]
slots:
  title: {type: text}
  weeks: {type: float, min_value: 1, max_value: 8}
  branch: {type: categorical, values: [north, south]}
  lend_confirmed: {type: bool}
  card_number: {type: text}
  available: {type: bool, mappings: [{type: controlled}]}
responses:
  utter_ask_title: [{text: Which book would you like?}]
  utter_ask_weeks: [{text: "Fine. For how many weeks, 1 to 8?"}]
  utter_ask_branch: [{text: North or south?}]
  utter_ask_lend_confirmed: [{text: "{title} for {weeks} weeks. Shall I book it? You can return it early."}]
  utter_ask_card_number: [{text: What is your card number?}]
  utter_not_available: [{text: It is not here.}]
  utter_lent: [{text: Lent.}]
`,
  'flows.yml': `
flows:
  lend_book:
    name: book loan
    description: Lend a book for some weeks.
    steps:
      - collect: title
      - action: action_find_book
        next:
          - if: slots.available
            then: ask_weeks
          - else:
              - action: utter_not_available
                next: END
      - id: ask_weeks
        collect: weeks
      - call: identify
      - collect: lend_confirmed
        ask_before_filling: true
        next:
          - if: slots.lend_confirmed
            then:
              - action: action_lend
              - action: utter_lent
                next: END
          - else: END
  identify:
    name: identification
    description: Ask for the reader's card.
    if: False
    steps:
      - collect: card_number
  opening_hours:
    name: opening hours
    description: Tell when a branch of the library is open.
    steps:
      - collect: branch
      - action: action_open_hours
`,
  'data/examples.yml': `
examples:
  - flow: lend_book
    utterances: |
      - I'd like to borrow a book
      - lend me [Moby Dick](title)
      - can I have [Emma](title) for [3]{"slot": "weeks", "value": 3} weeks
      - reserve [Dracula](title) please
  - flow: opening_hours
    utterances: |
      - when are you open
      - opening times of the [north](branch) branch
      - is the [southern one]{"slot": "branch", "value": "south"} open today
  - slot: title
    utterances: |
      - [Emma](title)
      - the one called [Ulysses](title)
  - slot: branch
    utterances: |
      - [north](branch)
      - the [southern one]{"value": "south"}
  - correction: title
    utterances: |
      - no, [Emma](title)
      - I meant [Dracula](title)
  - command: cancel flow
    utterances: |
      - stop
      - forget about it
  - command: chitchat
    utterances: |
      - how are you
  - command: cannot handle
    utterances: |
      - order a pizza
  - clarify: [lend_book, opening_hours]
    utterances: |
      - something about the library
samples:
  - slot: title
    values: [Emma, Ulysses, Dracula, Moby Dick, War and Peace, Middlemarch, Walden]
  - slot: card_number
    values: ["1122", "3344", "5566"]
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
      - action: utter_lent
`,
}

export const conversations: Readonly<Record<string, string>> = {
  'data/transcripts.yml': `
transcripts:
  - id: lend-01
    turns:
      - user: hello
      - agent: Hello.
      - user: do you have Middlemarch
      - agent: Yes. For how long?
      - user: four weeks please
      - agent: And your card number?
      - user: it says 1122
      - agent: Middlemarch for 4 weeks?
      - user: sounds good
      - call: lend_book
        with: {title: Middlemarch, weeks: 4, card_number: "1122", lend_confirmed: true}
      - agent: Done.
      - user: thanks, you are great
        commands: [chitchat]
  - id: lend-02
    turns:
      - user: Walden for 6 weeks
      - agent: Your card?
      - user: 3344. no wait, only 5 weeks
      - agent: 5 weeks then?
      - user: that is fine
      - call: lend_book
        with: {title: Walden, weeks: 5, card_number: "3344", lend_confirmed: true}
      - agent: Done.
      - user: what about the weather
      - agent: I do not know.
  - id: hours-01
    turns:
      - user: when do you close
      - agent: Which house?
      - user: the new building
      - call: opening_hours
        with: {branch: south}
      - agent: At six.
  - id: hours-02
    turns:
      - user: when does the house down by the river close
      - call: opening_hours
        with: {branch: south}
      - agent: At six.
`,
  'e2e_tests/lend.yml': `
fixtures:
  - nothing: []
test_cases:
  - test_case: lends
    steps:
      - user: get me Walden
        assertions:
          - flow_started: lend_book
          - slot_was_set:
              - name: title
                value: Walden
      - utter: utter_ask_weeks
      - user: two
      - slot_was_set:
          - weeks: 2
      - user: changed my mind
        assertions:
          - flow_cancelled: {flow_id: lend_book}
`,
  'e2e_tests/held_out/hours.yml': `
test_cases:
  - test_case: hours
    steps:
      - user: at what time does the north house shut
        commands: [start flow opening_hours, set slot branch north]
`,
}
