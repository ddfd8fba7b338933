import type { Command } from '../dialogue/commands.js'
import { shortcut } from '../dialogue/shortcuts.js'
import { foldDraft, type Tracker } from '../dialogue/tracker.js'
import { coerced } from '../project/slot-value.js'
import type { Project, Slot, SlotValue } from '../project/types.js'
import { alignedTurn, expectedMeaning, spansOfCommands, type Aligner, type Goal, type Unaligned, type UserTurn } from './align.js'
import type { Draft } from './draft.js'
import { templateOf } from './duplicates.js'
import type { Dialogue } from './dialogues.js'
import { placed, reworded, type Placing } from './placing.js'
import { randomOf } from './random.js'
import type { Said, SaidSpan } from './said.js'
import { opened, turned } from './simulation.js'
import { spotAt, type Spot } from './spots.js'
import { findingSlots, randomWorld, steadyWorld } from './world.js'

export type FromDialogues = { readonly drafts: readonly Draft[]; readonly heldOut: readonly Draft[]; readonly unaligned: readonly Unaligned[]; readonly turns: number }

/** Worlds that are tried until everything fits: what the custom actions found is not written down. */
const worldsTried = 32
/** Copies of each turn in other words, beside the turn itself. */
const rewordings = 1

/** `surprises`: answers to questions that were not asked, and expected responses that were not said. They mean a wrong world. */
type Replay = { readonly drafts: readonly Draft[]; readonly unaligned: readonly Unaligned[]; readonly surprises: number }

/** Turns of whole conversations, in the states in which they were said. */
export const fromDialogues = (placing: Placing, dialogues: readonly Dialogue[]): FromDialogues => {
  const replayed = dialogues.map((dialogue) => ({ dialogue, replay: bestReplay(placing, dialogue) }))
  const learned = replayed.filter(({ dialogue }) => !dialogue.heldOut)
  return {
    drafts: learned.flatMap(({ dialogue, replay }) => replay.drafts.flatMap((draft) => withRewordings(placing, dialogue, draft))),
    heldOut: replayed.filter(({ dialogue }) => dialogue.heldOut).flatMap(({ replay }) => replay.drafts),
    unaligned: replayed.flatMap(({ replay }) => replay.unaligned),
    turns: replayed.reduce((sum, { dialogue }) => sum + dialogue.turns.filter(({ who }) => who === 'user').length, 0),
  }
}

const misfit = ({ unaligned, surprises }: Replay): number => 100 * unaligned.length + surprises

const bestReplay = (placing: Placing, dialogue: Dialogue): Replay => {
  let best = replayOf(placing, dialogue, 0)
  for (let attempt = 1; attempt < worldsTried && misfit(best) > 0; attempt++) {
    const replay = replayOf(placing, dialogue, attempt)
    if (misfit(replay) < misfit(best)) best = replay
  }
  return best
}

/** Whether values are given, none of them is the one that is asked for, and none corrects an earlier one. */
const isOffQuestion = ({ situation, tracker }: Spot, commands: readonly Command[]): boolean => {
  const filled = commands.flatMap((command) => (command.command === 'set slot' ? [command.name] : []))
  return filled.length > 0 && !commands.some(({ command }) => command === 'start flow')
    && !filled.some((slot) => slot === situation.asked || (tracker.slots.get(slot) ?? null) !== null)
}

/** Responses that flows say. What actions say is never heard here, since none is run. */
const saidByFlows = (project: Project): ReadonlySet<string> =>
  new Set([...project.flows.values()].flatMap(({ steps }) => steps.flatMap((step) => {
    if (step.kind === 'action') return [step.action]
    return step.kind === 'collect' ? [step.utter, ...step.rejections.map(({ utter }) => utter)] : []
  })))

/** Responses that the test expects after the message and that were not said. */
const missing = (turn: UserTurn, tracker: Tracker | null, sayable: ReadonlySet<string>): number =>
  turn.expected.uttered.filter((name) => sayable.has(name) && !tracker?.answers.some(({ metadata }) => metadata.utter_action === name)).length

const replayOf = (placing: Placing, dialogue: Dialogue, attempt: number): Replay => {
  const { project, seed } = placing
  const random = randomOf(seed, 'world', dialogue.id, attempt)
  const world = (attempt % 4 === 3 ? randomWorld : steadyWorld)(findingSlots(project), random)
  const sayable = saidByFlows(project)
  let surprises = 0
  const drafts: Draft[] = []
  const unaligned: Unaligned[] = []
  const blank = opened(project, world)
  let tracker: Tracker | null = blank === null ? null
    : foldDraft(blank, [...dialogue.fixtures].filter(([name]) => project.slots.has(name)).map(([name, value]) => ({ event: 'slot' as const, name, value })))
  let broken: UserTurn | null = null
  const leave = (turn: UserTurn, reason: string): void => {
    unaligned.push({ place: turn.place, reason: broken === null ? reason : `${reason} (line ${broken.place.line} before it could not be placed)` })
    broken ??= turn
  }
  for (const [index, turn] of dialogue.turns.entries()) {
    if (turn.who !== 'user') continue
    if (tracker === null) {
      leave(turn, 'the conversation cannot be replayed up to here')
      continue
    }
    const rule = shortcut(project, tracker, turn.text)
    const spot = spotAt(project, tracker)
    const meant = rule.kind === 'commands' ? { commands: rule.commands, spans: [] } : meaningIn(placing, dialogue, spot, turn, index)
    if ('reason' in meant) {
      leave(turn, meant.reason)
      continue
    }
    if (isOffQuestion(spot, meant.commands)) surprises++
    const tacit = 'tacit' in meant ? meant.tacit : []
    if (rule.kind === 'ask') {
      const refused = tacit.length > 0 ? unsaid(tacit) : refusedBy(spot, meant.commands)
      if (refused !== null) leave(turn, refused)
      else {
        drafts.push(draftOf(project, dialogue, spot, turn, meant.commands, meant.spans))
        broken = null
      }
    }
    const known = tacit.map(([slot, value]): Command => ({ command: 'set slot', name: slot.name, value }))
    tracker = turned(project, tracker, turn.text, [...meant.commands, ...known], world)
    surprises += missing(turn, tracker, sayable)
  }
  return { drafts, unaligned, surprises }
}

const meaningIn = (placing: Placing, dialogue: Dialogue, spot: Spot, turn: UserTurn, index: number): ReturnType<typeof alignedTurn> => {
  const aligner: Aligner = placing
  if (turn.commands !== null) {
    const commands = typedCommands(placing.project, turn.commands)
    return { commands, spans: spansOfCommands(aligner, turn.text, commands) }
  }
  return dialogue.source === 'e2e' ? expectedMeaning(aligner, spot, turn) : alignedTurn(aligner, spot, turn, goalAfter(dialogue, index))
}

/** The next call, and the messages since the one before it. */
const goalAfter = ({ turns }: Dialogue, index: number): Goal | null => {
  const at = turns.findIndex((turn, place) => place > index && turn.who === 'call')
  const call = turns[at]
  const from = turns.slice(0, index).findLastIndex((turn) => turn.who === 'call') + 1
  return call?.who === 'call' ? { call, messages: turns.slice(from, at).filter((turn) => turn.who === 'user') } : null
}

const unsaid = (tacit: readonly (readonly [Slot, SlotValue])[]): string =>
  `no message says ${tacit.map(([slot, value]) => `${slot.name} ${JSON.stringify(value)}`).join(' and ')} in words we know; write commands: into this turn`

/** A first look at what the state allows; the finisher looks closer. */
const refusedBy = ({ legal, situation }: Spot, commands: readonly Command[]): string | null => {
  const started = commands.flatMap((command) => (command.command === 'start flow' ? [command.flow] : []))
  for (const command of commands) {
    if (command.command === 'start flow' && !legal.startable.includes(command.flow)) return `the flow ${command.flow} cannot start here`
    if (command.command === 'set slot' && !legal.settable.has(command.name) && !started.some((flow) => legal.settableWith.get(flow)?.has(command.name))) {
      return `the slot ${command.name} cannot be filled here${situation.asked === null ? '' : `, where ${situation.asked} is asked`}`
    }
    if (command.command === 'cancel flow' && !legal.cancel) return 'nothing is going on that could be cancelled'
  }
  return null
}

const typedCommands = (project: Project, commands: readonly Command[]): readonly Command[] =>
  commands.map((command) => {
    const slot = command.command === 'set slot' ? project.slots.get(command.name) : undefined
    return command.command === 'set slot' && slot !== undefined ? { ...command, value: coerced(slot, command.value).value } : command
  })

const draftOf = (project: Project, dialogue: Dialogue, spot: Spot, turn: UserTurn, commands: readonly Command[], spans: readonly SaidSpan[]): Draft => {
  const flow = commands.flatMap((command) => (command.command === 'start flow' ? [command.flow] : []))[0] ?? spot.situation.flow
  const origin = { kind: dialogue.source, file: turn.place.file, line: turn.place.line, flow }
  return placed(project, { spot, said: { text: turn.text, spans }, kind: 'dialogue', flow, commands, origin })
}

/** The turn itself, and the same in other words: values that were found in it change along with its commands. */
const withRewordings = (placing: Placing, dialogue: Dialogue, draft: Draft): readonly Draft[] => [
  draft,
  ...Array.from({ length: rewordings }, (_, copy): Draft => {
    const random = randomOf(placing.seed, 'reworded', dialogue.id, draft.said.text, copy)
    const said: Said = reworded(placing, draft.said, 'answer', random)
    const values = new Map(said.spans.map(({ slot, value }) => [slot, value]))
    const commands = draft.commands.map((command) =>
      command.command === 'set slot' && values.has(command.name) ? { ...command, value: values.get(command.name) ?? null } : command)
    const template = draft.template.startsWith('= ') ? templateOf(said.text, said.spans) : draft.template
    return { ...draft, said, commands, template, origin: { ...draft.origin, kind: 'augmented' } }
  }),
]
