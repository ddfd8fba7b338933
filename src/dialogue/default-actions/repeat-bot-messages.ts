import { isUserFrame } from '../frames.js'
import { recordAction, type Run } from '../run.js'

/** Says again what was said last, word for word. The open question is left out: it will be asked again anyway. */
export const repeatBotMessages = (run: Run): void => {
  recordAction(run, 'action_repeat_bot_messages')
  const below = run.stack.at(-2)
  const question = below !== undefined && !isUserFrame(below) && below.flow_id === 'pattern_collect_information' ? below['utter'] : null
  const messages = run.tracker.previousAnswers
  const last = messages.at(-1)
  const repeated = last !== undefined && question !== null && last.metadata.utter_action === question ? messages.slice(0, -1) : messages
  if (repeated.length > 0) run.effects.push({ effect: 'repeat', messages: repeated, at: run.events.length })
}
