import { conditionText } from '../project/condition-text.js'
import type { Project, Rejection, SlotValue, Step } from '../project/types.js'
import { flowIndex } from './flow-index.js'
import { isUserFrame, type Frame, type PatternFrame, type UserFrame } from './frames.js'

/** A user flow with everything that belongs to it: the flows it called and the questions it asks. Indexes into the stack. */
export type Group = { readonly root: number; readonly top: number; readonly end: number; readonly frame: UserFrame }

/** The frames from a user flow's root up to the next user flow's, in groups, topmost first. `end` is exclusive. */
export const groupsOf = (stack: readonly Frame[]): readonly Group[] => {
  const groups: Group[] = []
  let end = stack.length
  let top: number | null = null
  for (let at = stack.length - 1; at >= 0; at--) {
    const frame = stack[at]
    if (frame === undefined || !isUserFrame(frame)) continue
    top ??= at
    if (frame.frame_type === 'call') continue
    groups.push({ root: at, top, end, frame })
    end = at
    top = null
  }
  return groups
}

/** The topmost user flow with its called flows, null where there is none. */
export const activeGroup = (stack: readonly Frame[]): Group | null => groupsOf(stack)[0] ?? null

/** Patterns that ask on behalf of the frame below them and leave with it. */
export const isQuestion = (frame: Frame): boolean => frame.flow_id === 'pattern_collect_information' || frame.flow_id === 'pattern_validate_slot'

/** Index behind the last frame that belongs to the group itself: its called flows and their questions, not other patterns above. */
export const ownEnd = (stack: readonly Frame[], { root, end }: Group): number => {
  let at = root + 1
  for (; at < end; at++) {
    const frame = stack[at]
    if (frame === undefined || (!isUserFrame(frame) && !isQuestion(frame))) break
  }
  return at
}

/** The topmost pattern that is not merely a question, above every user flow. */
export const topPattern = (stack: readonly Frame[]): PatternFrame | null => {
  for (let at = stack.length - 1; at >= 0; at--) {
    const frame = stack[at]
    if (frame === undefined || isUserFrame(frame)) return null
    if (!isQuestion(frame)) return frame
  }
  return null
}

/** The slot that the top frame asks for. */
export const askedSlot = (stack: readonly Frame[]): string | null => {
  const top = stack.at(-1)
  if (top === undefined || isUserFrame(top)) return null
  const slot = top.flow_id === 'pattern_collect_information' ? top['collect'] : top.flow_id === 'pattern_validate_slot' ? top['validate'] : null
  return typeof slot === 'string' ? slot : null
}

/** The collect step that the question at `index` stands for. */
export const collectBelow = (project: Project, stack: readonly Frame[], index: number): Step<'collect'> | null => {
  const owner = stack[index - 1]
  if (owner === undefined) return null
  const step = flowIndex(project, owner.flow_id)?.steps.get(owner.step_id)
  return step?.kind === 'collect' ? step : null
}

/** The collect step whose question is open, null where none is. */
export const openCollect = (project: Project, stack: readonly Frame[]): Step<'collect'> | null =>
  stack.at(-1)?.flow_id === 'pattern_collect_information' ? collectBelow(project, stack, stack.length - 1) : null

/** Rules of the flow or of the slot that the question at `index` refuses values by, as authors wrote them; empty where it asks for none. */
export const rejectionsAt = (project: Project, stack: readonly Frame[], index: number): Written => {
  const frame = stack[index]
  if (frame === undefined || isUserFrame(frame)) return NONE
  const asked = frame.flow_id === 'pattern_validate_slot' ? frame['validate'] : null
  if (typeof asked === 'string') return asWritten(project.slots.get(asked)?.validation?.rejections)
  return frame.flow_id === 'pattern_collect_information' ? asWritten(collectBelow(project, stack, index)?.rejections) : NONE
}

type Written = readonly { readonly if: string; readonly utter: string }[]
const NONE: Written = []
const texts = new WeakMap<readonly Rejection[], Written>()
/** Each list once: every question of a turn asks. */
const asWritten = (rules: readonly Rejection[] = []): Written => {
  if (rules.length === 0) return NONE
  const known = texts.get(rules)
  if (known !== undefined) return known
  const text = rules.map((rule) => ({ if: conditionText(rule.if), utter: rule.utter }))
  texts.set(rules, text)
  return text
}

const NOTHING: Readonly<Record<string, SlotValue>> = {}

/**
 * What a condition or response in the top frame sees as `context`: the frame, as in Rasa, and what the patterns below know
 * for which it asks. `rejections` stand in the project, so the frame does not repeat them.
 */
export const contextOf = (project: Project, stack: readonly Frame[]): Readonly<Record<string, SlotValue>> => {
  const top = stack.at(-1)
  if (top === undefined || isUserFrame(top)) return NOTHING
  if (!isQuestion(top)) return top
  const rejections = rejectionsAt(project, stack, stack.length - 1)
  const own = rejections.length === 0 ? top : { ...top, rejections }
  const below = stack.at(-2)
  if (below === undefined || isUserFrame(below)) return own
  return { ...contextOf(project, stack.slice(0, -1)), ...own }
}

/** One value of that context, without building it. */
export const contextValue = (project: Project, stack: readonly Frame[], name: string): SlotValue | undefined => {
  if (name === 'rejections') return contextOf(project, stack)['rejections']
  for (let at = stack.length - 1; at >= 0; at--) {
    const frame = stack[at]
    if (frame === undefined || isUserFrame(frame)) return undefined
    if (Object.hasOwn(frame, name)) return frame[name]
    if (!isQuestion(frame)) return undefined
  }
  return undefined
}
