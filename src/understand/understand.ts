import { writeCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import { legalCommands } from '../dialogue/legal.js'
import { situationOf } from '../dialogue/situation.js'
import type { Tracker } from '../dialogue/tracker.js'
import { startOf } from '../language/grammar.js'
import { promptHash, promptOf, type Prompt } from '../language/prompt.js'
import type { Project } from '../project/types.js'
import type { CommandModel } from './command-model.js'
import type { Decoded, DecodedCandidate } from './decoder.js'
import { llamaCppOptions, openLlamaCpp, type GivenLlamaCppOptions } from './llama-cpp.js'
import type { Understander } from './understanding.js'

/** Opens the model in this process as an understander. Throws BadModelFile, UnsupportedModel, NoRuntime. */
export const openUnderstander = async (options: GivenLlamaCppOptions): Promise<Understander> => understanderOf(await openLlamaCpp(llamaCppOptions(options)))

/**
 * Message and state -> prompt -> model -> commands. Shortcuts, rules, blank and overlong messages come before it
 * (dialogue/shortcuts) and never reach the model. What the model throws passes through; the caller makes an error command of it.
 */
export const understanderOf = (model: CommandModel): Understander => ({
  modelVersion: model.version,
  understand: async (project, tracker, message, signal = new AbortController().signal) => {
    const started = performance.now()
    const situation = situationOf(project, tracker)
    const legal = legalCommands(project, tracker)
    const prompt = promptOf(project, situation, message)
    const decoded = await model.read({ project, situation, message, prompt, start: startOf(legal, message) }, signal)
    return {
      commands: legal.clarify ? clarified(decoded, clarifyBelow(project)) : decoded.commands,
      candidates: decoded.candidates.map(({ command, probability }) => ({ text: writeCommands([command]), probability })),
      probability: decoded.probability,
      promptHash: promptHash(prompt),
      modelVersion: model.version,
      milliseconds: performance.now() - started,
    }
  },
  readAhead: async (project, tracker) => {
    await model.readAhead?.(beginningOf(project, tracker))
  },
  dispose: () => model.dispose(),
})

/** What the prompts of all messages in this state have in common. */
const beginningOf = (project: Project, tracker: Tracker): Prompt => {
  const situation = situationOf(project, tracker)
  const [one, other] = [promptOf(project, situation, 'a'), promptOf(project, situation, 'b')]
  const end = one.findIndex(({ text }, index) => text !== other[index]?.text)
  return one.slice(0, end === -1 ? one.length : end)
}

/** `understanding: {clarify_below: 0.6}` in config.yml; null where flows are always started as understood. */
const clarifyBelow = (project: Project): number | null => {
  const section = project.config.sections['understanding']
  const limit = typeof section === 'object' && section !== null && 'clarify_below' in section ? section.clarify_below : null
  return typeof limit === 'number' && limit > 0 && limit <= 1 ? limit : null
}

const worthAsking = 0.1

/** Asks which flow is meant where the model is too unsure of the one it would start. */
export const clarified = ({ commands, candidates }: Decoded, limit: number | null): readonly Command[] => {
  const [first] = candidates
  if (limit === null || first?.command.command !== 'start flow' || first.probability >= limit) return commands
  const options = candidates.flatMap(flowOf).slice(0, 3)
  return options.length < 2 ? commands : [{ command: 'clarify', options }]
}

const flowOf = ({ command, probability }: DecodedCandidate): readonly string[] =>
  command.command === 'start flow' && probability >= worthAsking ? [command.flow] : []
