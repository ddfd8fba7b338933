import { describe, expect, it } from 'vitest'
import { legalCommands } from '../../src/dialogue/legal.js'
import { situationOf } from '../../src/dialogue/situation.js'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

const words = (names: string): string => names.split(' ').map((name) => `  ${name}: [{text: ${name}}]`).join('\n')
const talkIn = (slots: string, responses: string, flows: string, actions = ''): Conversation =>
  new Conversation(projectOf(`actions: [${actions}]\nslots:\n${slots}\nresponses:\n${words(responses)}\nflows:\n${flows}`))
const names = (talk: Conversation): string[] => talk.events.flatMap((event) => ('flow_id' in event && typeof event.flow_id === 'string' ? [`${event.event} ${event.flow_id}`] : []))

describe('keys of flows (1)', () => {
  it('if: a flow whose guard is false starts by link, by call and by its own intent only', () => {
    const flows = `
  a: {description: a, steps: [{call: hidden}, {action: utter_a}]}
  b: {description: b, steps: [{link: hidden}]}
  hidden: {description: h, if: false, nlu_trigger: [{intent: reveal}], steps: [{action: utter_hidden}]}`
    const open = (): Conversation => talkIn('  x: {type: text}', 'utter_a utter_hidden', flows)
    expect(open().turn('start flow hidden').said).toEqual(['utter_ask_rephrase'])
    expect(open().turn('start flow a').said.slice(0, 2)).toEqual(['utter_hidden', 'utter_a'])
    expect(open().turn('start flow b').said[0]).toBe('utter_hidden')
    expect(open().message('/reveal').said[0]).toBe('utter_hidden')
    expect(legalCommands(open().project, open().tracker)).toMatchObject({ startable: ['a', 'b'], heldBack: [] })
  })

  it('if: a flow that slots keep from starting is held back until they let it', () => {
    const talk = talkIn('  frozen: {type: bool}\n  y: {type: text}', 'utter_ask_frozen utter_ask_y utter_end', `
  ask: {description: a, persisted_slots: [frozen], steps: [{collect: frozen}]}
  pay: {description: p, if: not slots.frozen, steps: [{collect: y}, {action: utter_end}]}`)
    expect(legalCommands(talk.project, talk.tracker)).toMatchObject({ startable: ['ask', 'pay'], heldBack: [] })
    talk.turn('start flow ask\nset slot frozen true')
    expect(legalCommands(talk.project, talk.tracker)).toMatchObject({ startable: ['ask'], heldBack: ['pay'] })
  })

  it('if: a guard that turns false inside does not stop the flow', () => {
    const talk = talkIn('  done: {type: bool}\n  y: {type: text}', 'utter_ask_done utter_ask_y utter_end', `
  once: {description: o, if: not slots.done, steps: [{collect: done}, {collect: y}, {action: utter_end}]}`)
    talk.turn('start flow once\nset slot done true')
    expect(talk.turn('set slot y 1').said[0]).toBe('utter_end')
  })

  it('persisted_slots: of the flow and of those it calls; all others are reset at its end, also when it is cancelled', () => {
    const open = (): Conversation => talkIn('  a: {type: text}\n  b: {type: text, initial_value: start}\n  c: {type: text}\n  d: {type: text}', 'utter_ask_a utter_ask_b utter_ask_c utter_ask_d', `
  outer: {description: o, persisted_slots: [a], steps: [{collect: a}, {set_slots: [{b: changed}]}, {call: inner}, {collect: d}]}
  inner: {description: i, if: false, persisted_slots: [c], steps: [{collect: c}]}`)
    const talk = open()
    talk.turn('start flow outer\nset slot a 1\nset slot c 2')
    expect([talk.slot('a'), talk.slot('b'), talk.slot('c')]).toEqual(['1', 'changed', '2'])
    talk.turn('set slot d 3')
    expect([talk.slot('a'), talk.slot('b'), talk.slot('c'), talk.slot('d')]).toEqual(['1', 'start', '2', null])
    const cancelled = open()
    cancelled.turn('start flow outer\nset slot a 1\nset slot c 2')
    cancelled.turn('cancel flow')
    expect([cancelled.slot('a'), cancelled.slot('b'), cancelled.slot('c')]).toEqual(['1', 'start', '2'])
  })

  it('reset_after_flow_ends: false keeps a slot as well', () => {
    const talk = talkIn('  a: {type: text}', 'utter_ask_a', '  f: {description: f, steps: [{collect: a, reset_after_flow_ends: false}]}')
    talk.turn('start flow f\nset slot a 1')
    expect(talk.slot('a')).toBe('1')
  })

  it('run_pattern_completed: false ends in silence; on a called flow it means nothing', () => {
    const flows = `
  silent: {description: s, run_pattern_completed: false, steps: [{action: utter_s}]}
  loud: {description: l, steps: [{call: silent}]}`
    const open = (): Conversation => talkIn('  a: {type: text}', 'utter_s', flows)
    expect(open().turn('start flow silent').said).toEqual(['utter_s'])
    expect(open().turn('start flow loud').said).toEqual(['utter_s', 'utter_ask_continue_conversation'])
  })

  it('run_pattern_completed: of two flows the last decides', () => {
    const talk = talkIn('  a: {type: text}', 'utter_s utter_l', `
  silent: {description: s, run_pattern_completed: false, steps: [{action: utter_s}]}
  loud: {description: l, steps: [{action: utter_l}]}`)
    expect(talk.turn('start flow silent\nstart flow loud').said).toEqual(['utter_s', 'utter_l', 'utter_ask_continue_conversation'])
    expect(talk.turn('start flow loud\nstart flow silent').said).toEqual(['utter_l', 'utter_s'])
  })

  it('translation: the user hears the name in the language of the conversation', () => {
    const project = projectOf(`${bank.replace('[action_check_funds', '[action_speak, action_check_funds').replace('    name: balance\n', '    name: balance\n    translation: {de: {name: Kontostand}}\n')}
  speak: {description: speak German, steps: [{action: action_speak}]}`, '3.16', 'additional_languages: [de]\n')
    const talk = new Conversation(project, { action_speak: () => [{ event: 'slot', name: 'language', value: 'de' }] })
    const cancelledName = (): unknown => talk.turn('cancel flow').outcomes[0]?.effects[0]
    talk.turn('start flow balance')
    expect(cancelledName()).toMatchObject({ context: { canceled_name: 'balance' } })
    talk.turn('start flow speak')
    talk.turn('start flow balance')
    expect(cancelledName()).toMatchObject({ context: { canceled_name: 'Kontostand' } })
  })

  it('a flow with the id of a pattern replaces it', () => {
    const talk = new Conversation(projectOf(bank.replace('flows:\n', 'flows:\n  pattern_chitchat: {description: c, steps: [{action: utter_done}]}\n')))
    expect(talk.turn('offtopic reply').said).toEqual(['utter_done'])
  })
})

describe('steps (2)', () => {
  it('next: the first condition that holds wins; END ends; nested steps run and jump', () => {
    const talk = talkIn('  n: {type: float}', 'utter_ask_n utter_big utter_mid utter_end utter_after', `
  f:
    description: f
    steps:
      - collect: n
        next:
          - if: slots.n > 10
            then:
              - action: utter_big
                next:
                  - if: slots.n > 100
                    then: END
                  - else: after
          - if: slots.n > 5
            then:
              - action: utter_mid
                next: after
          - else: "END"
      - id: after
        action: utter_after`)
    const said = (n: number): readonly string[] => talk.turn(`start flow f\nset slot n ${n}`).said.slice(0, -1)
    expect(said(200)).toEqual(['utter_big'])
    expect(said(20)).toEqual(['utter_big', 'utter_after'])
    expect(said(7)).toEqual(['utter_mid', 'utter_after'])
    expect(said(1)).toEqual([])
  })

  it('next: a loop back asks again and again until its condition fails', () => {
    const talk = talkIn('  again: {type: bool}', 'utter_ask_again utter_round', `
  f:
    description: f
    steps:
      - id: top
        action: utter_round
      - collect: again
        ask_before_filling: true
        next:
          - if: slots.again
            then: top
          - else: END`)
    talk.turn('start flow f')
    for (let round = 0; round < 20; round++) expect(talk.turn('set slot again true').said).toEqual(['utter_round', 'utter_ask_again'])
    expect(talk.turn('set slot again false').said).toEqual(['utter_ask_continue_conversation'])
    const frame = talk.tracker.stack.find((candidate) => candidate.flow_id === 'f')
    expect(frame).toBeUndefined()
  })

  it('action: responses need not be listed, custom actions run at the edge, both go on without waiting', () => {
    const talk = talkIn('  a: {type: text}', 'utter_one utter_two', '  f: {description: f, steps: [{action: utter_one}, {action: action_mine}, {action: utter_two}]}', 'action_mine')
    expect(talk.turn('start flow f').said.slice(0, 3)).toEqual(['utter_one', 'action_mine', 'utter_two'])
  })

  it('action: each execution of a step has a key of its own, the same whenever it is asked for', () => {
    const keys: string[] = []
    const project = projectOf(bank)
    const note = (_tracker: unknown, key: string): [] => { keys.push(key); return [] }
    const talk = new Conversation(project, { action_balance: note })
    talk.turn('start flow balance\nset slot account savings')
    talk.turn('start flow balance\nset slot account savings')
    expect(keys).toHaveLength(2)
    expect(keys[0]).toMatch(/^balance\.\w+@\d+$/)
    expect(keys[0]).not.toBe(keys[1])
  })

  it('collect: two steps of one slot are legal, the second is skipped', () => {
    const talk = talkIn('  a: {type: text}', 'utter_ask_a utter_mid utter_end', '  f: {description: f, steps: [{collect: a}, {action: utter_mid}, {collect: a}, {action: utter_end}]}')
    talk.turn('start flow f')
    expect(talk.turn('set slot a 1').said.slice(0, 2)).toEqual(['utter_mid', 'utter_end'])
    expect(situationOf(talk.project, talk.tracker).slots.filter(({ name }) => name === 'a')).toHaveLength(0)
  })

  it('collect: an initial value skips the question, unless it asks before filling', () => {
    const talk = talkIn('  a: {type: text, initial_value: x}\n  b: {type: text}', 'utter_ask_a utter_ask_b', '  f: {description: f, steps: [{collect: a}, {collect: b}]}')
    expect(talk.turn('start flow f').said).toEqual(['utter_ask_b'])
  })

  it('collect: utter names another response, action_ask_<slot> asks in its place', () => {
    const talk = talkIn('  a: {type: text}\n  b: {type: text}', 'utter_other', '  f: {description: f, steps: [{collect: a, utter: utter_other}, {collect: b}]}', 'action_ask_b')
    expect(talk.turn('start flow f').said).toEqual(['utter_other'])
    expect(talk.turn('set slot a 1').said).toEqual(['action_ask_b'])
    expect(talk.turn('cannot handle').said).toEqual(['utter_ask_rephrase', 'action_ask_b'])
  })

  it('collect: a question that nobody can hear cancels the flow and apologises', () => {
    const project = projectOf(bank)
    const mute = { ...project, responses: new Map([...project.responses].filter(([name]) => name !== 'utter_ask_amount')) }
    const talk = new Conversation(mute)
    const { said, outcomes } = talk.turn('start flow transfer\nset slot recipient Ann')
    expect(said[0]).toBe('utter_internal_error_rasa')
    expect(outcomes.flatMap(({ faults }) => faults)).toMatchObject([{ code: 'no-way-to-ask', flow: 'transfer', step: 'ask_amount', place: { file: 'data/project.yml' } }])
    expect(talk.flows).not.toContain('transfer')
  })

  it('collect: of several rejections the first that holds speaks, without limit', () => {
    const talk = talkIn('  n: {type: float}', 'utter_ask_n utter_odd utter_big', `
  f: {description: f, steps: [{collect: n, rejections: [{if: slots.n > 10, utter: utter_big}, {if: slots.n > 5, utter: utter_odd}]}]}`)
    talk.turn('start flow f')
    for (let time = 0; time < 5; time++) expect(talk.turn('set slot n 20').said).toEqual(['utter_big', 'utter_ask_n'])
    expect(talk.turn('set slot n 7').said).toEqual(['utter_odd', 'utter_ask_n'])
    expect(talk.turn('offtopic reply').said).toEqual(['utter_cannot_handle', 'utter_ask_n'])
    expect(talk.turn('set slot n 1').said).toEqual(['utter_ask_continue_conversation'])
  })

  it('collect: a rejection that cannot be evaluated refuses the value with an apology and is noted', () => {
    const template = bank.replace('if: slots.amount > 1000', 'if: "slots.{{context.nothing}} > 1000"')
    const talk = new Conversation(projectOf(template))
    talk.turn('start flow transfer\nset slot recipient Ann')
    const { said, outcomes } = talk.turn('set slot amount 5')
    expect(said).toEqual(['utter_internal_error_rasa', 'utter_ask_amount'])
    expect(outcomes.flatMap(({ faults }) => faults)).toMatchObject([{ code: 'bad-condition', flow: 'transfer', step: 'ask_amount', place: { file: 'data/project.yml' } }])
  })

  it('call: a flow that calls itself, as no loader lets pass, is stopped with a located error', () => {
    const made = projectOf(bank)
    const address = made.flows.get('address')!
    const steps = address.steps.map((step, at) => (at === 0 ? { kind: 'call' as const, id: step.id, next: step.next, place: step.place, flow: 'move' } : step))
    const talk = new Conversation({ ...made, flows: new Map(made.flows).set('address', { ...address, steps }) })
    const { said, outcomes } = talk.turn('start flow move')
    expect(said[0]).toBe('utter_internal_error_rasa')
    expect(outcomes.flatMap(({ faults }) => faults)).toMatchObject([{ code: 'call-cycle', flow: 'address' }])
  })

  it('collect: validate_<slot> runs once there is something to validate, and null means: ask again', () => {
    const project = projectOf(bank)
    const talk = new Conversation(project, { validate_city: ({ slots }) => [{ event: 'slot', name: 'city', value: slots.get('city') === 'Graz' ? 'GRAZ' : null }] })
    expect(talk.turn('start flow move\nset slot street x').said).toEqual(['utter_ask_city'])
    expect(talk.turn('set slot city Nowhere').said).toEqual(['validate_city', 'utter_ask_city'])
    expect(talk.turn('set slot city Graz').said).toEqual(['validate_city', 'utter_ask_zip'])
    expect(talk.slot('city')).toBe('GRAZ')
  })

  it('call: a flow may be called twice, its slots shared and skipped the second time', () => {
    const talk = talkIn('  a: {type: text}', 'utter_ask_a utter_inner', `
  outer: {description: o, steps: [{call: inner}, {call: inner}]}
  inner: {description: i, if: false, steps: [{collect: a}, {action: utter_inner}]}`)
    talk.turn('start flow outer')
    expect(talk.turn('set slot a 1').said).toEqual(['utter_inner', 'utter_inner', 'utter_ask_continue_conversation'])
    expect(names(talk).filter((name) => name.startsWith('flow_started inner'))).toHaveLength(2)
  })

  it('call: for the model the calling flow is the current one, the asked slot comes from the called one', () => {
    const talk = new Conversation(projectOf(bank))
    talk.turn('start flow move')
    expect(situationOf(talk.project, talk.tracker)).toMatchObject({ flow: 'move', asked: 'street', pattern: null, slots: [{ name: 'street' }, { name: 'city' }, { name: 'zip' }, { name: 'note' }] })
  })

  it('call: slots of the caller can be filled in the called flow, and those of the called flow before it starts', () => {
    const talk = new Conversation(projectOf(bank))
    expect(talk.turn('start flow move\nset slot city Graz').said).toEqual(['utter_ask_street'])
    expect(talk.turn('set slot note hi\nset slot street x').said).toEqual(['validate_city', 'utter_ask_zip'])
    expect(talk.turn('set slot zip 8010').said).toEqual(['utter_moved', 'utter_ask_continue_conversation'])
  })

  it('call: a correction in the called flow goes back into the caller', () => {
    const talk = talkIn('  a: {type: text}\n  b: {type: text}', 'utter_ask_a utter_ask_b utter_between', `
  outer: {description: o, steps: [{collect: a}, {action: utter_between}, {call: inner}]}
  inner: {description: i, if: false, steps: [{collect: b}]}`)
    talk.turn('start flow outer\nset slot a 1')
    expect(talk.turn('set slot a 2').said).toEqual(['utter_corrected_previous_input', 'utter_between', 'utter_ask_b'])
    expect(talk.flows).toEqual(['outer', 'inner', 'pattern_collect_information'])
  })

  it('call: calls nest, and a correction finds its way two levels down after the return', () => {
    const talk = talkIn('  a: {type: text}\n  b: {type: text}\n  c: {type: text}', 'utter_ask_a utter_ask_b utter_ask_c', `
  one: {description: o, steps: [{call: two}, {collect: c}]}
  two: {description: t, if: false, steps: [{call: three}, {collect: b}]}
  three: {description: h, if: false, steps: [{collect: a}]}`)
    talk.turn('start flow one\nset slot a 1\nset slot b 2')
    expect(talk.turn('set slot a null').said).toEqual(['utter_ask_a'])
    expect(talk.flows).toEqual(['one', 'two', 'three', 'pattern_collect_information'])
    expect(talk.turn('set slot a 3').said).toEqual(['utter_ask_c'])
    expect(talk.turn('set slot b null').said).toEqual(['utter_ask_b'])
    expect(talk.flows).toEqual(['one', 'two', 'pattern_collect_information'])
  })

  it('link: to a pattern; the flow ends when the pattern is done', () => {
    const talk = talkIn('  a: {type: text}', 'utter_a', '  f: {description: f, steps: [{action: utter_a}, {link: pattern_human_handoff}]}')
    const { said } = talk.turn('start flow f')
    expect(said).toEqual(['utter_a', 'utter_human_handoff_not_available', 'utter_ask_continue_conversation'])
    expect(names(talk)).toEqual(['flow_started f', 'flow_started pattern_human_handoff', 'flow_completed pattern_human_handoff', 'flow_completed f', 'flow_started pattern_completed'])
  })

  it('link: to a flow that waits below resumes it instead of starting it twice', () => {
    const talk = new Conversation(projectOf(bank))
    talk.turn('start flow block')
    talk.turn('start flow lost')
    expect(talk.turn('set slot note x').said).toEqual(['utter_ask_card'])
    expect(talk.flows).toEqual(['block', 'pattern_collect_information'])
    expect(names(talk).at(-1)).toBe('flow_resumed block')
  })

  it('link: an older interrupted flow waits until the linked flow has finished', () => {
    const talk = new Conversation(projectOf(bank))
    talk.turn('start flow transfer')
    talk.turn('start flow lost')
    expect(talk.turn('set slot note x').said).toEqual(['utter_ask_card'])
    expect(talk.turn('set slot card debit').said).toEqual(['utter_blocked', 'utter_ask_continue_interrupted_flow_confirmation'])
  })

  it('link: a linked flow can be cancelled', () => {
    const talk = new Conversation(projectOf(bank))
    talk.turn('start flow lost\nset slot note x')
    expect(talk.turn('cancel flow').said[0]).toBe('utter_flow_cancelled_rasa')
  })
})
