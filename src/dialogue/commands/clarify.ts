import { keep, refused, type CommandKind } from '../command-kind.js'
import { flowName } from '../flow-index.js'
import { listed } from '../leave.js'
import { patternFrame, type Run } from '../run.js'
import { isQuestion } from '../stack.js'
import { clarificationLimit, isActive, isStartable, mayClarify } from '../standing.js'

/** Asks which flow is meant (calm-spec 4.2, rows 20 to 22). */
export const clarify: CommandKind<'clarify'> = {
  kind: 'turn',
  phase: 'digressions',
  write: ({ options }) => ['disambiguate flows', ...options].join(' '),
  spellings: [
    { pattern: /^disambiguate(?:\s+flows?)?((?:[\s,]+[\w-]+)*)$/i, command: ([options = '']) => ({ command: 'clarify', options: options.split(/[\s,]+/).filter((option) => option !== '') }) },
    { pattern: /^Clarify\(\s*([^)]*)\)$/i, command: ([options = '']) => ({ command: 'clarify', options: options.split(/[\s,]+/).filter((option) => option !== '') }) },
  ],
  clean: ({ options }, state) => {
    if (!mayClarify(state)) return refused
    const { compat } = state.project.config
    if (options.length === 0) return compat === '3.16' ? keep({ command: 'clarify', options }) : refused
    const usable = [...new Set(options)].filter((id) => isActive(state, id) || isStartable(state, id)).sort().slice(0, clarificationLimit(state.tracker))
    const [only] = usable
    if (only === undefined) return refused
    if (usable.length > 1 || compat === '3.8') return keep({ command: 'clarify', options: usable })
    return isStartable(state, only) ? keep({ command: 'start flow', flow: only }) : refused
  },
  run: (run, { options }) => {
    if (!run.project.flows.has('pattern_clarification')) return
    dropEarlier(run)
    const names = options.map((id) => flowName(run.project, run.slots, id))
    run.stack.push(patternFrame(run, 'pattern_clarification', { names, clarification_options: listed(names), flow_ids: options }))
  },
}

/** A clarification that has not helped gives way to the next. */
const dropEarlier = (run: Run): void => {
  const at = run.stack.findLastIndex((frame) => !isQuestion(frame))
  if (run.stack[at]?.flow_id === 'pattern_clarification') run.stack.length = at
}
