import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openActions } from '../../src/actions/runner.js'
import { Assistant } from '../../src/assistant/assistant.js'
import { buildDataset } from '../../src/dataset/build.js'
import type { Dialogue } from '../../src/dataset/dialogues.js'
import { readConversations } from '../../src/dataset/sources.js'
import { coerced } from '../../src/dialogue/coercion.js'
import type { Command } from '../../src/dialogue/commands.js'
import { situationOf } from '../../src/dialogue/situation.js'
import { promptOf, promptText } from '../../src/language/prompt.js'
import { loadProject } from '../../src/project/load.js'
import type { Project } from '../../src/project/types.js'
import { searchOver } from '../../src/respond/search.js'
import { openMemoryStore } from '../../src/store/memory.js'
import type { Understander } from '../../src/understand/understanding.js'

/** Understands each message as its test says, and writes down every prompt that the model would have been shown. */
const recorder = (script: ReadonlyMap<string, readonly Command[]>, prompts: Map<string, string>): Understander => ({
  modelVersion: 'recorder',
  understand: async (project, tracker, message) => {
    prompts.set(message, promptText(promptOf(project, situationOf(project, tracker), message)))
    return { commands: script.get(message) ?? [], candidates: [], probability: 1, promptHash: '', modelVersion: 'recorder', milliseconds: 0 }
  },
  dispose: async () => { /* holds nothing */ },
})

const typed = (project: Project, commands: readonly Command[]): readonly Command[] => commands.map((command) => {
  const slot = command.command === 'set slot' ? project.slots.get(command.name) : undefined
  const kept = command.command === 'set slot' && slot !== undefined ? coerced(slot, command.value) : null
  return command.command === 'set slot' && kept?.ok === true ? { ...command, value: kept.value } : command
})

/** The prompts of one conversation, held with the real assistant and the real actions. */
const served = async (project: Project, { id, turns }: Dialogue): Promise<ReadonlyMap<string, string>> => {
  const messages = turns.filter((turn) => turn.who === 'user')
  const prompts = new Map<string, string>()
  const script = new Map(messages.map(({ text, commands }) => [text, typed(project, commands ?? [])]))
  const assistant = new Assistant({
    project, store: openMemoryStore(), understander: recorder(script, prompts), actions: await openActions(project),
    search: searchOver([]), now: () => 1_700_000_000, newId: () => 'id',
  })
  for (const { text } of messages) await assistant.handle({ conversation: id, text, channel: 'test' })
  return prompts
}

describe('the sample assistant', () => {
  it('learns prompts that are byte for byte those of serving', { timeout: 120_000 }, async () => {
    const { project } = await loadProject(resolve(import.meta.dirname, '../..'))
    if (project === null) throw new Error('the sample does not load')
    const { dialogues } = await readConversations(project)
    const tests = dialogues.filter(({ heldOut, fixtures, turns }) => heldOut && fixtures.size === 0 && new Set(turns.map((turn) => 'text' in turn ? turn.text : '')).size === turns.length)
    const learned = new Map(buildDataset({ ...project, examples: [] }, dialogues.filter(({ heldOut }) => heldOut)).heldOut.map((example) => [`${example.origin.file}:${example.origin.line}`, example.prompt]))
    let compared = 0
    for (const dialogue of tests) {
      const prompts = await served(project, dialogue)
      for (const turn of dialogue.turns) {
        const built = learned.get(`${turn.place.file}:${turn.place.line}`)
        if (turn.who !== 'user' || built === undefined) continue
        expect(built, `${turn.place.file}:${turn.place.line}`).toBe(prompts.get(turn.text))
        compared++
      }
    }
    expect(compared).toBeGreaterThan(100)
  })
})
