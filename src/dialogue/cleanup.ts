import type { Project } from '../project/types.js'
import type { Cleaning, Verdict } from './command-kind.js'
import { cleanedOne, isAlone } from './command-kinds.js'
import type { Command, CommandOf } from './commands.js'
import { isCodeChanged, standing } from './standing.js'
import type { Tracker } from './tracker.js'

/** What is left of the commands that were understood (calm-spec 4.2). Never empty; cleaning twice is cleaning once. */
export const cleaned = (project: Project, tracker: Tracker, commands: readonly Command[]): readonly Command[] => {
  const before = done.get(commands)
  if (before?.stack === tracker.stack && before.slots === tracker.slots) return commands
  const list = clean(project, tracker, commands)
  done.set(list, tracker)
  return list
}

/**
 * Lists that came out of here, and for which state. The edge cleans before it stores the message; `step` would clean the same list
 * a second time, to no effect.
 */
const done = new WeakMap<readonly Command[], Tracker>()

const clean = (project: Project, tracker: Tracker, commands: readonly Command[]): readonly Command[] => {
  const alone = commands.find(isAlone)
  if (alone !== undefined) return [alone]
  if (isCodeChanged(project, tracker)) return [{ command: 'handle code change' }]
  const state = standing(project, tracker)
  const considered = state.forced === null ? lastPerSlot(commands) : lastPerSlot(commands).filter((command) => isAbout(command, state.forced))
  if (state.forced !== null && considered.length === 0) return [{ command: 'noop' }]
  const starts = verdictsOf(considered.filter(isStart), { ...state, starting: new Set() })
  const cleaning: Cleaning = { ...state, starting: new Set(starts.flatMap((verdict) => ('keep' in verdict && isStart(verdict.keep) ? [verdict.keep.flow] : []))) }
  const verdicts = verdictsOf(considered, cleaning)
  const kept = combined(verdicts.flatMap((verdict) => ('keep' in verdict ? [verdict.keep] : [])))
  if (kept.length > 0) return kept
  // Saying what is so already deserves the open question again, not "I did not understand".
  const isAllSaid = verdicts.length > 0 && state.asked !== null && verdicts.every((verdict) => 'drop' in verdict && verdict.drop === 'superfluous')
  return [isAllSaid ? { command: 'noop' } : { command: 'cannot handle' }]
}

const isStart = (command: Command): command is CommandOf<'start flow'> => command.command === 'start flow'
const verdictsOf = (commands: readonly Command[], cleaning: Cleaning): readonly Verdict[] => commands.map((command) => cleanedOne(command, cleaning))

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

const keyOf = (command: Command): string => {
  if (command.command === 'start flow') return `start flow ${command.flow}`
  if (command.command === 'set slot') return `set slot ${command.name}`
  return command.command === 'apply rule' ? `apply rule ${command.rule}` : command.command
}
