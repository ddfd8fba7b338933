/** What the assistant says by itself, until a project says it in its own words (names in calm-spec 6.2). */
export const defaultResponses = `
responses:
  utter_ask_continue_conversation:
    - text: Is there anything else I can do for you?
      metadata: {rephrase: true}
      buttons:
        - title: "Yes"
          payload: /SetSlots(continue_conversation=true)
        - title: "No"
          payload: /SetSlots(continue_conversation=false)
  utter_ask_continue_interrupted_flow_confirmation:
    - text: "Before that we were busy with this: {{ context.previous_flow_name }}. Shall we go on with it?"
      metadata: {rephrase: true, template: jinja}
      buttons:
        - title: "Yes"
          payload: /SetSlots(continue_interrupted_flow_confirmation=true)
        - title: "No"
          payload: /SetSlots(continue_interrupted_flow_confirmation=false)
  utter_ask_interrupted_flow_to_continue:
    - text: "Some things are still open: {{ context.interrupted_flow_options }}. Which of them shall we go on with, or none?"
      metadata: {rephrase: true, template: jinja}
  utter_ask_csat_score:
    - text: Were you satisfied with this conversation?
      metadata: {rephrase: true}
      buttons:
        - title: "Yes"
          payload: /SetSlots(csat_score=satisfied)
        - title: "No"
          payload: /SetSlots(csat_score=unsatisfied)
  utter_csat_thank_you_satisfied:
    - text: I am glad to hear that. Thank you!
      metadata: {rephrase: true}
  utter_csat_thank_you_unsatisfied:
    - text: I am sorry to hear that. Thank you for telling me.
      metadata: {rephrase: true}
  utter_ask_confirm_correction:
    - text: Shall I change that?
      metadata: {rephrase: true}
      buttons:
        - title: "Yes"
          payload: /SetSlots(confirm_correction=true)
        - title: "No"
          payload: /SetSlots(confirm_correction=false)
  utter_ask_rephrase:
    - text: I did not understand that. Could you say it in other words?
      metadata: {rephrase: true}
  utter_ask_still_there:
    - text: Are you still there?
      metadata: {rephrase: true}
  utter_boolean_slot_rejection:
    - text: "I need a yes or a no here, and \\"{{ value }}\\" is neither to me."
      metadata: {rephrase: true, template: jinja}
  utter_categorical_slot_rejection:
    - text: "\\"{{ value }}\\" is not one of the choices."
      metadata: {rephrase: true, template: jinja}
  utter_float_slot_rejection:
    - text: "I cannot use \\"{{ value }}\\" here, it has to be a number that fits."
      metadata: {rephrase: true, template: jinja}
  utter_can_do_something_else:
    - text: What else can I do for you?
      metadata: {rephrase: true}
  utter_cannot_handle:
    - text: I am sorry, that is nothing I can help with.
      metadata: {rephrase: true}
  utter_clarification_options_rasa:
    - text: "I am not sure which of these you mean: {{ context.clarification_options }}."
      metadata: {rephrase: true, template: jinja}
  utter_clarification_no_options_rasa:
    - text: I am not sure what you need. Could you tell me a little more?
      metadata: {rephrase: true}
  utter_closing_words:
    - text: Thank you for talking to me. Goodbye!
      metadata: {rephrase: true}
  utter_corrected_previous_input:
    - text: "All right, I have changed that to {{ context.new_slot_values | join(' and ') }}."
      metadata: {rephrase: true, template: jinja}
  utter_flow_cancelled_rasa:
    - text: "All right, I have stopped this: {{ context.canceled_name }}."
      metadata: {rephrase: true, template: jinja}
  utter_flow_continue_interrupted:
    - text: "Now back to this: {{ context.previous_flow_name }}."
      metadata: {rephrase: true, template: jinja}
  utter_free_chitchat_response:
    - text: Let us rather see what I can do for you.
      metadata:
        rephrase: true
        rephrase_prompt: |
          Answer the small talk of the user in one short, friendly sentence. Promise nothing and give no advice.
          Conversation so far: {{ history }}
          User: {{ current_input }}
          Answer:
  utter_human_handoff_not_available:
    - text: I see that you would like to talk to a person, but I cannot connect you to one.
      metadata: {rephrase: true}
  utter_inform_code_change:
    - text: I have just been updated, so we have to begin anew. What can I do for you?
      metadata: {rephrase: true}
  utter_inform_hangup:
    - text: I hear nobody any more, so I end this call. Goodbye!
      metadata: {rephrase: true}
  utter_internal_error_rasa:
    - text: I am sorry, something went wrong on my side. Please try again later.
  utter_no_knowledge_base:
    - text: I have nothing at hand in which I could look that up.
      metadata: {rephrase: true}
  utter_no_relevant_answer_found:
    - text: I have found no answer to that.
      metadata: {rephrase: true}
  utter_skip_question_answer:
    - text: I need an answer to this question to go on.
      metadata: {rephrase: true}
  utter_user_input_empty_error_rasa:
    - text: Your message was empty. What can I do for you?
  utter_user_input_too_long_error_rasa:
    - text: "That was a lot at once. Could you say it in {{ context.info.max_characters }} characters or less?"
      metadata: {template: jinja}
`
