import type { Command } from '../src/dialogue/commands.js'
import { writeCommands } from '../src/dialogue/command-text.js'
import { fromDialogues } from '../src/dataset/from-dialogues.js'
import { phrasesOf } from '../src/dataset/phrases.js'
import { questionsOf } from '../src/dataset/questions.js'
import { randomOf } from '../src/dataset/random.js'
import { readConversations } from '../src/dataset/sources.js'
import { spotsOf, type Spot } from '../src/dataset/spots.js'
import { vocabularyOf } from '../src/dataset/vocabulary.js'
import { isReachable, startOf } from '../src/language/grammar.js'
import type { Project } from '../src/project/types.js'

export type MeasuredTurn = { readonly project: Project; readonly spot: Spot; readonly message: string; readonly commands: readonly Command[] }

/** Turns out of the project's own conversations, replayed by the engine: each with its state, its history and the right commands. */
export const measuredTurns = async (project: Project, count: number, seed: number): Promise<readonly MeasuredTurn[]> => {
  const { dialogues } = await readConversations(project)
  const phrases = phrasesOf(project.config.language)
  const words = vocabularyOf(project, phrases)
  const spots = spotsOf(project, words, seed)
  const { drafts, heldOut } = fromDialogues({ project, words, phrases, seed, spots, questions: questionsOf(spots) }, dialogues)
  const turns = [...heldOut, ...drafts].map(({ spot, said, commands }): MeasuredTurn => ({ project, spot, message: said.text.trim(), commands }))
    .filter(({ spot, message, commands }) => isReachable(startOf(spot.legal, message), writeCommands(commands)))
  return randomOf(seed, 'bench').shuffled(turns).slice(0, count)
}
