/** Those of Rasa's NLU side: known, so that a project that names them loads, and without effect in flows. */
export const idleActions: readonly string[] = [
  'action_extract_slots', 'action_send_text', 'action_back', 'action_revert_fallback_events',
  'action_two_stage_fallback', 'action_unlikely_intent', 'action_default_ask_affirmation',
]

/** Actions every assistant has (calm-spec 6.2). Declaring one in the domain takes its place. */
export const defaultActions: readonly string[] = [
  'action_listen', 'action_restart', 'action_session_start', 'action_default_fallback', 'action_run_slot_rejections',
  'action_trigger_search', 'action_trigger_chitchat', 'action_clean_stack', 'action_cancel_flow',
  'action_correct_flow_slot', 'action_clarify_flows', 'action_continue_interrupted_flow', 'action_cancel_interrupted_flows',
  'action_hangup', 'action_repeat_bot_messages', 'action_handoff_metric', 'action_reset_routing', 'action_deactivate_loop', 'action_default_ask_rephrase', ...idleActions,
]
