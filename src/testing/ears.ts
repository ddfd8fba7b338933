import { readCommands, writeCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import { situationOf } from '../dialogue/situation.js'
import type { Tracker } from '../dialogue/tracker.js'
import { promptHash, promptOf } from '../language/prompt.js'
import type { Project } from '../project/types.js'
import type { Understander } from '../understand/understanding.js'
import type { UserStep } from './test-case.js'

type Heard = {
  readonly project: Project
  readonly tracker: Tracker
  /** The message as the model is to read it. */
  readonly text: string
  readonly step: UserStep
  readonly signal: AbortSignal
}
/** How a test understands a message that no button, rule or shortcut explains. */
export type Ear = (heard: Heard) => Promise<readonly Command[]>

/** A message that only a model could understand, in a run without one, at a step that tells no commands. */
class CommandsMissing extends Error {
  override readonly name = 'CommandsMissing'
  constructor(readonly file: string, readonly line: number) {
    super(`${file}:${line}: without a model this step needs the key "commands": what the model should answer, or [] for nothing`)
  }
}

/** What the file says that the model would answer. Throws CommandsMissing. */
export const scriptedEar: Ear = async ({ step: { commands, place } }) => {
  if (commands === null) throw new CommandsMissing(place.file, place.line)
  return commands
}

export const modelEar = (understander: Pick<Understander, 'understand'>): Ear => async ({ project, tracker, text, signal }) =>
  (await understander.understand(project, tracker, text, signal)).commands

/** Counts of a recorded run: how many prompts were remembered, and how many the model had to be asked. */
export type Memory = { readonly answers: Map<string, string>; remembered: number; asked: number }
export const memoryOf = (answers: ReadonlyMap<string, string>): Memory => ({ answers: new Map(answers), remembered: 0, asked: 0 })

/** Asks the model only for prompts that it was never asked before; `open` is called at the first of them. */
export const recordedEar = (memory: Memory, open: () => Promise<Pick<Understander, 'understand'>>): Ear => async ({ project, tracker, text, signal }) => {
  const hash = promptHash(promptOf(project, situationOf(project, tracker), text))
  const known = memory.answers.get(hash)
  if (known !== undefined) {
    memory.remembered += 1
    return readCommands(known)
  }
  const { commands } = await (await open()).understand(project, tracker, text, signal)
  memory.asked += 1
  memory.answers.set(hash, writeCommands(commands))
  return commands
}
