/** What `context.` holds in each pattern (calm-spec 5.1). */
const contexts: Readonly<Record<string, readonly string[]>> = {
  pattern_collect_information: ['collect', 'utter', 'collect_action', 'rejections'],
  pattern_validate_slot: ['validate', 'refill_utter', 'refill_action', 'rejections'],
  pattern_correction: ['is_reset_only', 'corrected_slots', 'new_slot_values', 'reset_flow_id', 'reset_step_id'],
  pattern_cancel_flow: ['canceled_name', 'canceled_frames'],
  pattern_clarification: ['names', 'clarification_options'],
  pattern_continue_interrupted: ['previous_flow_name', 'interrupted_flow_names', 'interrupted_flow_ids', 'interrupted_flow_options', 'multiple_flows_interrupted'],
  pattern_completed: ['previous_flow_name'],
  pattern_internal_error: ['error_type', 'info'],
  pattern_cannot_handle: ['reason'],
  pattern_chitchat: [], pattern_search: [], pattern_skip_question: [], pattern_human_handoff: [], pattern_code_change: [], pattern_session_start: [],
  pattern_session_end: [], pattern_restart: [], pattern_repeat_bot_messages: [], pattern_user_silence: [], pattern_customer_satisfaction: [],
}

/** Null for a pattern attune does not know. */
export const contextOf = (pattern: string): readonly string[] | null => contexts[pattern] ?? null
export const patternNames: readonly string[] = Object.keys(contexts)
