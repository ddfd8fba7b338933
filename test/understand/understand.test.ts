import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleaned } from '../../src/dialogue/cleanup.js'
import { readCommands, writeCommands } from '../../src/dialogue/command-text.js'
import { legalCommands } from '../../src/dialogue/legal.js'
import { shortcut } from '../../src/dialogue/shortcuts.js'
import { followed, startOf, type Position } from '../../src/language/grammar.js'
import { tokensOf } from '../../src/language/tokens.js'
import { tokenStart } from '../../src/language/token-trie.js'
import { spokenLine } from '../../src/language/values.js'
import { coerced } from '../../src/project/slot-value.js'
import type { CommandModel } from '../../src/understand/command-model.js'
import { decode, decoderOptions, type Decoded } from '../../src/understand/decoder.js'
import { clarified, understanderOf } from '../../src/understand/understand.js'
import { bank } from '../dialogue/bank.js'
import { Conversation, projectOf } from '../dialogue/conversation.js'
import { arbitraryMessage } from '../language/legal-arbitrary.js'
import { smallTokenizer } from '../language/small-tokenizer.js'
import { noise } from './brute-force.js'

const project = projectOf(bank)
const tokenizer = smallTokenizer('smollm', 'start flow transfer\nset slot recipient Ann\nset slot amount 50\n'.repeat(3))
/** A model without any sense. */
const senseless = (seed: number): CommandModel => ({
  version: `noise ${seed}`,
  read: ({ prompt, start }, signal) => decode(
    noise(seed), tokensOf(tokenizer, prompt).ids, tokenStart(start, { encode: (text) => tokenizer.encode(text, { special: false }), end: tokenizer.end }),
    decoderOptions({ callsPerCommand: 8 }), signal),
  dispose: async () => undefined,
})

describe('understanding a message', () => {
  it('gives commands with their probability, and the names under which they can be found again', async () => {
    const { tracker } = new Conversation(project)
    const understander = understanderOf(senseless(1))
    const first = await understander.understand(project, tracker, 'send 50 to Ann')
    expect(first).toEqual({ ...(await understander.understand(project, tracker, 'send 50 to Ann')), milliseconds: first.milliseconds })
    expect(first.promptHash).toMatch(/^[0-9a-f]{64}$/)
    expect(first.modelVersion).toBe('noise 1')
    expect(first.probability).toBeGreaterThan(0)
    expect(first.candidates[0]?.text).toBe(writeCommands(first.commands).split('\n')[0])
    expect((await understander.understand(project, tracker, 'send 60 to Ann')).promptHash).not.toBe(first.promptHash)
  })

  it('is legal in every state, made of the words of the message, and never refused by the engine, whatever the model thinks', async () => {
    let turns = 0
    await fc.assert(fc.asyncProperty(fc.array(arbitraryMessage, { minLength: 1, maxLength: 8 }), fc.nat(), async (messages, seed) => {
      const conversation = new Conversation(project, { action_check_funds: () => [{ event: 'slot', name: 'funds', value: true }], action_transfer: () => [], action_balance: () => [], validate_city: () => [] })
      const understander = understanderOf(senseless(seed))
      for (const message of messages) {
        if (shortcut(project, conversation.tracker, message).kind === 'commands') continue
        turns++
        const legal = legalCommands(project, conversation.tracker)
        const { commands } = await understander.understand(project, conversation.tracker, message)
        const text = writeCommands(commands)
        expect(text.split('\n').reduce<Position | null>((at, line) => (at === null ? null : followed(at, line)), startOf(legal, message))?.commands).toEqual(commands)
        for (const command of commands) {
          if (command.command !== 'set slot') continue
          const slot = project.slots.get(command.name)!
          if (slot.type === 'text') expect(spokenLine(message)).toContain(command.value)
          const read = readCommands(writeCommands([command]))[0]
          expect(read?.command === 'set slot' ? coerced(slot, read.value).value : null).toEqual(coerced(slot, command.value).value)
        }
        const kept = cleaned(project, conversation.tracker, commands)
        // What is said already may be dropped; nothing may be refused.
        if (kept[0]?.command === 'cannot handle') expect(commands[0]?.command).toSatisfy((name: string) => ['cannot handle', 'set slot'].includes(name))
        conversation.turn(commands, message)
      }
    }), { numRuns: 60 })
    expect(turns).toBeGreaterThan(100)
  }, 60_000)

  it('passes on what the model throws', async () => {
    const broken: CommandModel = { version: 'broken', read: () => Promise.reject(new Error('out of memory')), dispose: async () => undefined }
    await expect(understanderOf(broken).understand(project, new Conversation(project).tracker, 'hi')).rejects.toThrow('out of memory')
  })

  it('reads ahead exactly what the prompts of a state begin with', async () => {
    const beginnings: string[] = []
    const prompts: string[] = []
    const model: CommandModel = {
      version: 'watched',
      read: async ({ prompt }) => { prompts.push(JSON.stringify(prompt)); return { commands: [], probability: 1, candidates: [], calls: 0 } },
      readAhead: async (beginning) => { beginnings.push(JSON.stringify(beginning).slice(0, -1)) },
      dispose: async () => undefined,
    }
    const { tracker } = new Conversation(project)
    const understander = understanderOf(model)
    await understander.readAhead?.(project, tracker)
    await understander.understand(project, tracker, 'another message')
    expect(beginnings[0]?.length).toBeGreaterThan(40)
    expect(prompts[0]?.startsWith(beginnings[0]!)).toBe(true)
  })
})

describe('asking which flow is meant', () => {
  const unsure: Decoded = {
    commands: [{ command: 'start flow', flow: 'transfer' }], probability: 0.5, calls: 1,
    candidates: [
      { command: { command: 'start flow', flow: 'transfer' }, probability: 0.5 },
      { command: { command: 'chitchat' }, probability: 0.2 },
      { command: { command: 'start flow', flow: 'balance' }, probability: 0.2 },
      { command: { command: 'start flow', flow: 'block' }, probability: 0.05 },
    ],
  }
  it('happens below the limit, between the flows that are worth asking about', () => {
    expect(clarified(unsure, 0.6)).toEqual([{ command: 'clarify', options: ['transfer', 'balance'] }])
  })
  it.each([['there is no limit', unsure, null], ['the model is sure enough', unsure, 0.5], ['no other flow is likely', { ...unsure, candidates: unsure.candidates.slice(0, 2) }, 0.6]] as const)('does not happen where %s', (_, decoded, limit) => {
    expect(clarified(decoded, limit)).toBe(decoded.commands)
  })
})
