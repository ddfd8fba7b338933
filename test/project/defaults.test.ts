import { describe, expect, it } from 'vitest'
import { defaultActions } from '../../src/project/default-actions.js'
import { patternNames } from '../../src/project/pattern-contexts.js'
import { load, loaded, short } from './in-memory.js'

const profiles = ['3.8', '3.13', '3.16'] as const
const withProfile = (profile: string, files: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({ 'config.yml': `compat: "${profile}"\n`, ...files })

/** calm-spec 6.2. */
const responses = `utter_ask_continue_conversation, utter_ask_continue_interrupted_flow_confirmation, utter_ask_interrupted_flow_to_continue, utter_ask_csat_score,
utter_csat_thank_you_satisfied, utter_csat_thank_you_unsatisfied, utter_ask_rephrase, utter_ask_still_there, utter_boolean_slot_rejection, utter_categorical_slot_rejection,
utter_float_slot_rejection, utter_can_do_something_else, utter_cannot_handle, utter_clarification_options_rasa, utter_clarification_no_options_rasa, utter_closing_words,
utter_corrected_previous_input, utter_flow_cancelled_rasa, utter_flow_continue_interrupted, utter_free_chitchat_response, utter_human_handoff_not_available,
utter_inform_code_change, utter_inform_hangup, utter_internal_error_rasa, utter_no_knowledge_base, utter_no_relevant_answer_found, utter_skip_question_answer,
utter_user_input_empty_error_rasa, utter_user_input_too_long_error_rasa`.split(/,\s+/)
const slots = `confirm_correction, silence_timeout, consecutive_silence_timeouts, interrupted_flow_to_continue, continue_interrupted_flow_confirmation,
max_clarification_options, continue_conversation, csat_score, language, session_started_metadata, mocked_datetime`.split(/,\s+/)

describe('what every assistant has from the start', () => {
  it.each(profiles)('loads without a word in profile %s', (profile) => expect(load(withProfile(profile)).problems.map(short)).toEqual([]))

  it.each(profiles)('has every pattern, response and slot in profile %s', (profile) => {
    const project = loaded(withProfile(profile))
    const patterns = patternNames.filter((name) => profile === '3.16' || name !== 'pattern_customer_satisfaction')
    expect([...project.flows.keys()].sort()).toEqual([...patterns].sort())
    expect([...project.flows.values()].every(({ isPattern }) => isPattern)).toBe(true)
    expect(responses.filter((name) => !project.responses.has(name))).toEqual([])
    expect(slots.filter((name) => !project.slots.has(name))).toEqual([])
  })

  it('follows the release where releases differ', () => {
    const actions = (profile: string, pattern: string): readonly string[] =>
      (loaded(withProfile(profile)).flows.get(pattern)?.steps ?? []).map((step) => (step.kind === 'action' ? step.action : step.kind === 'collect' ? `collect ${step.slot}` : step.kind))
    expect(profiles.map((profile) => actions(profile, 'pattern_completed')[0])).toEqual(['utter_can_do_something_else', 'utter_can_do_something_else', 'collect continue_conversation'])
    expect(profiles.map((profile) => actions(profile, 'pattern_chitchat')[0])).toEqual(['action_trigger_chitchat', 'utter_cannot_handle', 'utter_cannot_handle'])
    expect(profiles.map((profile) => actions(profile, 'pattern_continue_interrupted')[0])).toEqual(['utter_flow_continue_interrupted', 'utter_flow_continue_interrupted', 'noop'])
    expect(profiles.map((profile) => actions(profile, 'pattern_clarification').length)).toEqual([2, 2, 4])
    expect(profiles.map((profile) => actions(profile, 'pattern_human_handoff')[0])).toEqual(['utter_human_handoff_not_available', 'utter_human_handoff_not_available', 'action_handoff_metric'])
  })

  it('runs only actions that exist', () => {
    for (const profile of profiles) {
      for (const { steps } of loaded(withProfile(profile)).flows.values()) {
        for (const step of steps) if (step.kind === 'action' && step.action.startsWith('action_')) expect(defaultActions).toContain(step.action)
      }
    }
  })

  it('gives way to a flow, a response and a slot of the same name', () => {
    const project = loaded(withProfile('3.16', {
      'p.yml': 'flows:\n  pattern_chitchat:\n    description: mine\n    steps: [{action: utter_free_chitchat_response}]\nresponses:\n  utter_free_chitchat_response: [{text: mine}]\nslots:\n  silence_timeout: {type: float, initial_value: 3, mappings: [{type: controlled}]}\n',
    }))
    expect(project.flows.get('pattern_chitchat')).toMatchObject({ description: 'mine', isPattern: true, place: { file: 'p.yml' } })
    expect(project.responses.get('utter_free_chitchat_response')).toMatchObject([{ text: 'mine' }])
    expect(project.slots.get('silence_timeout')?.initialValue).toBe(3)
    expect(project.flows.get('pattern_search')?.place.file).toBe('attune:patterns.yml')
  })

  it('knows the languages of the configuration', () => {
    const { slots: found } = loaded({ 'config.yml': 'language: de\nadditional_languages: [en, fr]\n' })
    expect(found.get('language')?.values).toEqual(['de', 'en', 'fr'])
  })
})
