import { isUserFrame, type PatternContexts } from '../frames.js'
import { fail } from '../fail.js'
import { fault, isCustomAction, isSpoken, type Run } from '../run.js'

/** Waits for the user. A question that nobody can hear would be silence for ever: that is an error instead (calm-spec 2.3). */
export const listen = (run: Run): void => {
  const frame = run.stack.at(-1)
  if (frame !== undefined && !isUserFrame(frame) && frame.flow_id === 'pattern_collect_information') {
    const { utter, collect_action: action, collect: slot } = frame as unknown as PatternContexts['pattern_collect_information']
    if (!isSpoken(run, utter) && !isCustomAction(run, action)) {
      fault(run, 'no-way-to-ask', `Slot "${slot}" cannot be asked for: there is neither response "${utter}" nor action "${action}".`)
      fail(run, 'rasa_internal_error_default')
      return
    }
  }
  run.state = 'listening'
}
