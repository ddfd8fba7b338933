import type { Project } from '../project/types.js'
import type { Cleaning } from './command-kind.js'
import { cleanedOne, isAlone } from './command-kinds.js'
import type { Command, CommandOf } from './commands.js'
import { clarificationLimit, isCodeChanged, standing, type Standing } from './standing.js'
import type { Tracker } from './tracker.js'

/** What is left of the commands that were understood (calm-spec 4.2). Never empty; cleaning twice is cleaning once. */
export const cleaned = (project: Project, tracker: Tracker, commands: readonly Command[]): readonly Command[] => {
  if (done?.list === commands && done.tracker.stack === tracker.stack && done.tracker.slots === tracker.slots) return commands
  const list = clean(project, tracker, commands)
  done = { list, tracker }
  return list
}

/**
 * The list that came out of here last, and for which state. The edge cleans before it stores the message; `step` would clean the same list
 * a second time, to no effect.
 */
let done: { readonly list: readonly Command[]; readonly tracker: Tracker } | null = null

const clean = (project: Project, tracker: Tracker, commands: readonly Command[]): readonly Command[] => {
  const alone = commands.find(isAlone)
  if (alone !== undefined) return [alone]
  if (isCodeChanged(project, tracker)) return [{ command: 'handle code change' }]
  const state = standing(project, tracker)
  const latest = lastPerSlot(commands)
  const considered = state.forced === null ? latest : latest.filter((command) => isAbout(command, state.forced))
  if (state.forced !== null && considered.length === 0) return [{ command: 'noop' }]
  const cleaning: Cleaning = { starting: startedFlows(considered, state), isCancelling: state.group !== null && considered.some(({ command }) => command === 'cancel flow'), ...state }
  const kept: Command[] = []
  let isAllSaid = considered.length > 0 && state.asked !== null
  for (const command of considered) {
    const verdict = cleanedOne(command, cleaning)
    if ('keep' in verdict) kept.push(verdict.keep)
    else isAllSaid &&= verdict.drop === 'superfluous'
  }
  if (kept.length > 0) return asClarification(state, combined(kept))
  // Saying what is so already deserves the open question again, not "I did not understand".
  return [isAllSaid ? { command: 'noop' } : { command: 'cannot handle' }]
}

/** Where the project wants it, several requests at once are a question which comes first (Rasa's CLARIFY_ON_MULTIPLE_START_FLOWS). */
const asClarification = (state: Standing, commands: readonly Command[]): readonly Command[] => {
  if (state.project.config.sections['clarify_on_multiple_start_flows'] !== true || state.group !== null) return commands
  const flows = commands.filter(isStart).map(({ flow }) => flow)
  return flows.length < 2 ? commands : [{ command: 'clarify', options: flows.sort().slice(0, clarificationLimit(state.tracker)) }]
}

const NONE: ReadonlySet<string> = new Set()

const startedFlows = (commands: readonly Command[], state: Standing): ReadonlySet<string> => {
  if (!commands.some(isStart)) return NONE
  const verdicts = commands.filter(isStart).map((command) => cleanedOne(command, { starting: NONE, isCancelling: false, ...state }))
  return new Set(verdicts.flatMap((verdict) => ('keep' in verdict && isStart(verdict.keep) ? [verdict.keep.flow] : [])))
}

const isStart = (command: Command): command is CommandOf<'start flow'> => command.command === 'start flow'

const isAbout = (command: Command, slot: string | null): boolean => command.command === 'set slot' && command.name === slot

/** Of two values for one slot the later one counts. */
const lastPerSlot = (commands: readonly Command[]): readonly Command[] => {
  if (commands.length < 2) return commands
  return commands.filter((command, at) => command.command !== 'set slot' || !commands.some((later, index) => index > at && isAbout(later, command.name)))
}

/** One of each; one correction for all corrected slots; `clarify`, `cannot handle` and `noop` only where nothing else is left, in this order. */
const combined = (commands: readonly Command[]): readonly Command[] => {
  if (commands.length < 2) return commands
  const unique = new Map<string, Command>()
  const corrected = new Map<string, CommandOf<'correct slot'>['corrected_slots'][number]>()
  for (const command of commands) {
    if (command.command === 'correct slot') {
      for (const change of command.corrected_slots) corrected.set(change.name, change)
      unique.set('correct slot', { command: 'correct slot', corrected_slots: [...corrected.values()] })
    } else {
      const key = keyOf(command)
      if (!unique.has(key)) unique.set(key, command)
    }
  }
  const list = [...unique.values()]
  for (const lonely of ['noop', 'cannot handle', 'clarify'] as const) {
    if (list.length === 1) break
    const at = list.findIndex(({ command }) => command === lonely)
    if (at !== -1) list.splice(at, 1)
  }
  return list
}

/** What may not occur twice in one message. */
export const keyOf = (command: Command): string => {
  if (command.command === 'start flow') return `start flow ${command.flow}`
  if (command.command === 'set slot') return `set slot ${command.name}`
  return command.command === 'apply rule' ? `apply rule ${command.rule}` : command.command
}
