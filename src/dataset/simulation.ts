import type { Command } from '../dialogue/commands.js'
import { step } from '../dialogue/engine.js'
import type { TrackerEvent } from '../dialogue/events.js'
import type { Effect, Outcome } from '../dialogue/outcome.js'
import { startSession } from '../dialogue/session.js'
import { emptyTracker, foldDraft, type Tracker } from '../dialogue/tracker.js'
import type { Project } from '../project/types.js'

/** What a custom action would answer. The data set never runs one: it guesses all that it might have found out. */
export type World = (action: string, tracker: Tracker) => readonly TrackerEvent[]

/** Custom actions that one turn may run before we give up on it. */
const maximumActions = 20

/** The bot event of a response, in the author's first wording: the prompt never shows more of it. */
const spoken = (project: Project, effect: Extract<Effect, { effect: 'say' | 'repeat' }>): readonly TrackerEvent[] => {
  if (effect.effect === 'repeat') return effect.messages.map((message) => ({ event: 'bot', ...message }))
  const text = project.responses.get(effect.response)?.find((variation) => variation.text !== null)?.text ?? null
  return [{ event: 'bot', text, data: {}, metadata: { utter_action: effect.response } }]
}

/** The tracker after an outcome, with what the bot said in its places. */
const afterOutcome = (project: Project, tracker: Tracker, { events, effects }: Outcome): Tracker => {
  let folded = tracker
  let from = 0
  for (const effect of effects) {
    folded = foldDraft(folded, events.slice(from, effect.at))
    from = effect.at
    if (effect.effect !== 'run') folded = foldDraft(folded, spoken(project, effect))
  }
  return foldDraft(folded, events.slice(from))
}

const settled = (project: Project, tracker: Tracker, outcome: Outcome, world: World): Tracker | null => {
  let [folded, last] = [afterOutcome(project, tracker, outcome), outcome]
  for (let actions = 0; last.next === 'continue'; actions++) {
    const run = last.effects.find((effect) => effect.effect === 'run')
    if (run?.effect !== 'run' || actions === maximumActions) return null
    const found = world(run.action, folded)
    folded = foldDraft(folded, [{ event: 'action', name: run.action }, ...found])
    last = step(project, folded, [])
    folded = afterOutcome(project, folded, last)
  }
  return last.next === 'listen' && last.faults.length === 0 ? folded : null
}

/** A conversation in which nothing was said yet. */
export const opened = (project: Project, world: World): Tracker | null => {
  const empty = emptyTracker(project)
  return settled(project, empty, startSession(project, empty), world)
}

/**
 * The conversation after one more message that was understood as these commands. Null where it comes to a fault
 * or to an end: there is nothing to learn behind it.
 */
export const turned = (project: Project, tracker: Tracker, message: string, commands: readonly Command[], world: World): Tracker | null => {
  const heard = foldDraft(tracker, [{ event: 'user', text: message, parse_data: { commands } }])
  return settled(project, heard, step(project, heard, commands), world)
}
