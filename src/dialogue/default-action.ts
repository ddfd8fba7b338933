import { cancelFlow } from './default-actions/cancel-flow.js'
import { cancelInterruptedFlows } from './default-actions/cancel-interrupted-flows.js'
import { clarifyFlows } from './default-actions/clarify-flows.js'
import { cleanStack } from './default-actions/clean-stack.js'
import { continueInterruptedFlow } from './default-actions/continue-interrupted-flow.js'
import { correctFlowSlot } from './default-actions/correct-flow-slot.js'
import { handoffMetric } from './default-actions/handoff-metric.js'
import { hangup } from './default-actions/hangup.js'
import { listen } from './default-actions/listen.js'
import { repeatBotMessages } from './default-actions/repeat-bot-messages.js'
import { restart } from './default-actions/restart.js'
import { runSlotRejections } from './default-actions/run-slot-rejections.js'
import { sessionStart } from './default-actions/session-start.js'
import { resetRouting } from './default-actions/reset-routing.js'
import { deactivateLoop, defaultFallback, askRephrase, nluOnly, triggerChitchat, triggerSearch } from './default-actions/outside.js'
import type { Run } from './run.js'

/** A built-in action. It records its own `action` event, so that one that has nothing to do can stay silent. */
export type DefaultAction = (run: Run) => void

/** The built-in actions of calm-spec 6.2. */
const defaultActions: ReadonlyMap<string, DefaultAction> = new Map(Object.entries({
  action_listen: listen,
  action_restart: restart,
  action_session_start: sessionStart,
  action_run_slot_rejections: runSlotRejections,
  action_trigger_search: triggerSearch,
  action_trigger_chitchat: triggerChitchat,
  action_clean_stack: cleanStack,
  action_cancel_flow: cancelFlow,
  action_correct_flow_slot: correctFlowSlot,
  action_clarify_flows: clarifyFlows,
  action_continue_interrupted_flow: continueInterruptedFlow,
  action_cancel_interrupted_flows: cancelInterruptedFlows,
  action_hangup: hangup,
  action_repeat_bot_messages: repeatBotMessages,
  action_handoff_metric: handoffMetric,
  action_default_fallback: defaultFallback,
  action_reset_routing: resetRouting,
  action_extract_slots: nluOnly('action_extract_slots'),
  action_send_text: nluOnly('action_send_text'),
  action_back: nluOnly('action_back'),
  action_deactivate_loop: deactivateLoop,
  action_revert_fallback_events: nluOnly('action_revert_fallback_events'),
  action_two_stage_fallback: nluOnly('action_two_stage_fallback'),
  action_unlikely_intent: nluOnly('action_unlikely_intent'),
  action_default_ask_affirmation: nluOnly('action_default_ask_affirmation'),
  action_default_ask_rephrase: askRephrase,
}))

export const isDefaultAction = (name: string): boolean => defaultActions.has(name)
export const runDefaultAction = (run: Run, name: string): void => defaultActions.get(name)?.(run)
