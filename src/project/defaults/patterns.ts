/** Patterns that every release shares. A project replaces one by a flow of the same id (calm-spec section 6). */
export const sharedPatterns = `
flows:
  pattern_collect_information:
    name: collecting a slot
    description: Asks for one slot until it holds a value that may stay.
    steps:
      - id: check
        action: action_run_slot_rejections
      - action: validate_{{context.collect}}
        next:
          - if: "slots.{{context.collect}} is not null"
            then: END
          - else: ask
      - id: ask
        action: "{{context.utter}}"
      - action: "{{context.collect_action}}"
      - action: action_listen
        next: check

  pattern_validate_slot:
    name: checking a slot
    description: Asks anew for a slot whose value was refused, wherever it was given.
    steps:
      - id: check
        action: action_run_slot_rejections
        next:
          - if: "slots.{{context.validate}} is not null"
            then: END
          - else: ask
      - id: ask
        action: "{{context.refill_utter}}"
      - action: "{{context.refill_action}}"
      - action: action_listen
        next: check

  pattern_correction:
    name: correction
    description: Takes over what the user corrected and goes back to where it matters.
    steps:
      - action: action_correct_flow_slot
        next:
          - if: context.is_reset_only
            then: END
          - else:
              - action: utter_corrected_previous_input
                next: END

  pattern_cancel_flow:
    name: cancelling
    description: Stops what is under way and says so.
    steps:
      - action: action_cancel_flow
      - action: utter_flow_cancelled_rasa

  pattern_search:
    name: knowledge question
    description: Answers a question of knowledge. Without a knowledge base there is no answer.
    steps:
      - action: utter_no_knowledge_base

  pattern_cannot_handle:
    name: not understood
    description: Owns up to not having understood, or to not being able to help.
    steps:
      - noop: true
        next:
          - if: context.reason = "cannot_handle_chitchat" or context.reason = "cannot_handle_not_supported"
            then:
              - action: utter_cannot_handle
                next: END
          - if: context.reason = "cannot_handle_no_relevant_answer"
            then:
              - action: utter_no_relevant_answer_found
                next: END
          - else:
              - action: utter_ask_rephrase
                next: END

  pattern_internal_error:
    name: internal error
    description: Speaks when something broke, or when a message cannot be read at all.
    steps:
      - noop: true
        next:
          - if: context.error_type = "rasa_internal_error_user_input_too_long"
            then:
              - action: utter_user_input_too_long_error_rasa
                next: END
          - if: context.error_type = "rasa_internal_error_user_input_empty"
            then:
              - action: utter_user_input_empty_error_rasa
                next: END
          - else:
              - action: utter_internal_error_rasa
                next: END

  pattern_skip_question:
    name: skipping a question
    description: Explains that the open question has to be answered.
    steps:
      - action: utter_skip_question_answer

  pattern_repeat_bot_messages:
    name: repeating
    description: Says once more what was said last.
    steps:
      - action: action_repeat_bot_messages

  pattern_session_start:
    name: start of a session
    description: Opens a session.
    nlu_trigger:
      - intent: session_start
    steps:
      - action: action_session_start

  pattern_session_end:
    name: end of a session
    description: Runs when a session is closed. Does nothing until a project gives it something to do.
    run_pattern_completed: false
    nlu_trigger:
      - intent: session_end
    steps:
      - noop: true
        next: END

  pattern_restart:
    name: restart
    description: Starts the conversation from nothing.
    nlu_trigger:
      - intent: restart
    steps:
      - action: action_restart

  pattern_user_silence:
    name: silence
    description: Repeats itself, then asks whether somebody is there, then says goodbye.
    nlu_trigger:
      - intent: silence_timeout
    persisted_slots:
      - consecutive_silence_timeouts
    steps:
      - noop: true
        next:
          - if: slots.consecutive_silence_timeouts = 0
            then:
              - set_slots:
                  - consecutive_silence_timeouts: 1
              - action: action_repeat_bot_messages
                next: END
          - if: slots.consecutive_silence_timeouts = 1
            then:
              - set_slots:
                  - consecutive_silence_timeouts: 2
              - action: utter_ask_still_there
                next: END
          - else:
              - action: utter_inform_hangup
              - action: action_hangup
                next: END

  pattern_code_change:
    name: changed assistant
    description: Starts afresh when the flow the user was in has changed.
    steps:
      - action: utter_inform_code_change
      - action: action_clean_stack
`

const clarificationWithoutOptions = `
  pattern_clarification:
    name: clarification
    description: Asks which of several things the user means, or openly where none is near.
    steps:
      - noop: true
        next:
          - if: context.names
            then:
              - action: action_clarify_flows
              - action: utter_clarification_options_rasa
                next: END
          - else:
              - action: utter_clarification_no_options_rasa
                next: END
`
const clarification = `
  pattern_clarification:
    name: clarification
    description: Asks which of several things the user means.
    steps:
      - action: action_clarify_flows
      - action: utter_clarification_options_rasa
`

const completedAsks = `
  pattern_completed:
    name: completed
    description: Asks whether there is more to do, and says goodbye otherwise.
    steps:
      - collect: continue_conversation
        description: whether the user wants help with something else
        ask_before_filling: true
        next:
          - if: slots.continue_conversation
            then:
              - action: utter_can_do_something_else
                next: END
          - else:
              - action: utter_closing_words
              - link: pattern_customer_satisfaction

  pattern_customer_satisfaction:
    name: satisfaction
    description: Asks how it went.
    run_pattern_completed: false
    steps:
      - collect: csat_score
        description: whether the user is satisfied or unsatisfied with the conversation
        ask_before_filling: true
        next:
          - if: slots.csat_score = "satisfied"
            then:
              - action: utter_csat_thank_you_satisfied
                next: END
          - if: slots.csat_score = "unsatisfied"
            then:
              - action: utter_csat_thank_you_unsatisfied
                next: END
          - else: END
`
const completedOffers = `
  pattern_completed:
    name: completed
    description: Offers further help once the last request is done.
    steps:
      - action: utter_can_do_something_else
`

/**
 * Ways to say no to several things at once: a no, what it is about, another no, thanks: "No, neither of those, thank you." Nothing else
 * may stand beside it, for a flow's name can begin like one.
 */
const noneOfThem = [
  '(?i)^[ ,.!-]*((no+|nope|nah|none|neither|nothing|not now|not today|never mind|no need)',
  '( one| else| more| at all| for now| right now| of (it|them|these|those|that|(the|those|these) (two|three|things|others)))*[ ,.!-]*)+',
  '((thanks|thank you|thx|cheers)( a lot| very much| so much)?[ ,.!-]*)?$',
].join('')

const resumptionAsks = `
  pattern_continue_interrupted:
    name: resuming
    description: Asks whether to go on with what was interrupted.
    steps:
      - noop: true
        next:
          - if: context.multiple_flows_interrupted
            then:
              - collect: interrupted_flow_to_continue
                description: name of the interrupted task the user wants to go on with, or "none"
                ask_before_filling: true
                next:
                  - if: slots.interrupted_flow_to_continue matches "${noneOfThem}"
                    then: stop
                  - else: go_on
          - else:
              - collect: continue_interrupted_flow_confirmation
                description: whether the user wants to go on with the interrupted task
                ask_before_filling: true
                next:
                  - if: slots.continue_interrupted_flow_confirmation
                    then: go_on
                  - else: stop
      - id: go_on
        action: action_continue_interrupted_flow
        next: END
      - id: stop
        action: action_cancel_interrupted_flows
`
const resumptionTells = `
  pattern_continue_interrupted:
    name: resuming
    description: Says that what was interrupted goes on.
    steps:
      - action: utter_flow_continue_interrupted
`

const chitchatDeclines = `
  pattern_chitchat:
    name: small talk
    description: Declines small talk politely.
    steps:
      - action: utter_cannot_handle
`
const chitchatTriggers = `
  pattern_chitchat:
    name: small talk
    description: Hands small talk to the policy for it.
    steps:
      - action: action_trigger_chitchat
`

const handoffCounts = `
  pattern_human_handoff:
    name: human handoff
    description: Hands over to a person. Without a real handover it says that nobody is there.
    steps:
      - action: action_handoff_metric
      - action: utter_human_handoff_not_available
`
const handoffTells = `
  pattern_human_handoff:
    name: human handoff
    description: Hands over to a person. Without a real handover it says that nobody is there.
    steps:
      - action: utter_human_handoff_not_available
`

/** Patterns in which releases differ, by profile. */
export const profilePatterns = {
  '3.8': `flows:${clarification}${completedOffers}${resumptionTells}${chitchatTriggers}${handoffTells}`,
  '3.13': `flows:${clarification}${completedOffers}${resumptionTells}${chitchatDeclines}${handoffTells}`,
  '3.16': `flows:${clarificationWithoutOptions}${completedAsks}${resumptionAsks}${chitchatDeclines}${handoffCounts}`,
} as const
