import { endLoop } from '../forms.js'
import { patternFrame, recordAction, runAction, say, isSpoken, type Run } from '../run.js'

/** Knowledge lies outside the engine: the edge looks it up and answers. Without a hit it steps with `cannot handle`. */
export const triggerSearch = (run: Run): void => runAction(run, 'action_trigger_search')

/** Free talk needs a model that talks, which a project must bring as an action of its own (calm-spec 4.2, row 23). */
export const triggerChitchat = (run: Run): void => {
  recordAction(run, 'action_trigger_chitchat')
  run.stack.push(patternFrame(run, 'pattern_cannot_handle', { reason: 'cannot_handle_chitchat' }))
}

export const defaultFallback = (run: Run): void => {
  recordAction(run, 'action_default_fallback')
  if (isSpoken(run, 'utter_default')) say(run, 'utter_default')
}

export const askRephrase = (run: Run): void => {
  recordAction(run, 'action_default_ask_rephrase')
  if (isSpoken(run, 'utter_ask_rephrase')) say(run, 'utter_ask_rephrase')
}

export const deactivateLoop = (run: Run): void => {
  recordAction(run, 'action_deactivate_loop')
  endLoop(run)
}

/** Actions of Rasa's older policies: known, so that a project that names them loads, and without effect in flows. */
export const nluOnly = (name: string) => (run: Run): void => recordAction(run, name)
