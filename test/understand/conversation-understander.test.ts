import { describe, expect, it } from 'vitest'
import { writeCommands } from '../../src/dialogue/command-text.js'
import type { TranscriptTurn } from '../../src/dataset/transcript.js'
import type { ConversationReading } from '../../src/understand/conversation-model.js'
import { conversationUnderstander, type ReadConversation } from '../../src/understand/conversation-understander.js'
import { bank } from '../dialogue/bank.js'
import { Conversation, projectOf } from '../dialogue/conversation.js'

const project = projectOf(bank)
const reading = (flow: string, slots: Readonly<Record<string, string>> = {}, probability = 0.9): ConversationReading => ({ flow, probability, slots })

/** What is understood after these turns, where the model reads what is given. */
const understood = async (turns: readonly string[], given: ConversationReading | ReadConversation, message = 'words'): Promise<string> => {
  const conversation = new Conversation(project)
  for (const commands of turns) conversation.turn(commands)
  const understander = conversationUnderstander('v1', typeof given === 'function' ? given : () => () => given, () => undefined)
  const { commands, modelVersion } = await understander.understand(project, conversation.tracker, message)
  expect(modelVersion).toBe('v1')
  return writeCommands(commands)
}

describe('a model of conversations as the ears of a project', () => {
  it.each([
    ['begins a flow with what was said', [], reading('transfer', { recipient: 'Ann', amount: '50' }), 'start flow transfer\nset slot recipient Ann\nset slot amount 50'],
    ['fills what the flow at work asks', ['start flow transfer'], reading('transfer', { recipient: 'Ann' }), 'set slot recipient Ann'],
    ['says nothing of what the tracker knows', ['start flow transfer\nset slot recipient Ann'], reading('transfer', { recipient: 'ann', amount: '5' }), 'set slot amount 5'],
    ['changes what was said before', ['start flow transfer\nset slot recipient Ann'], reading('transfer', { recipient: 'Bob' }), 'set slot recipient Bob'],
    ['leaves a flow where it is sure', ['start flow transfer'], reading('balance', {}, 0.95), 'start flow balance'],
    ['leaves out what a slot cannot hold', [], reading('transfer', { recipient: 'Ann', amount: 'a lot' }), 'start flow transfer\nset slot recipient Ann'],
    ['leaves out slots of other flows', [], reading('transfer', { city: 'Graz' }), 'start flow transfer'],
    ['cannot handle what changes nothing', ['start flow transfer'], reading('transfer'), 'cannot handle'],
    ['cannot handle a flow that there is none of', [], reading('weather', { day: 'today' }), 'cannot handle'],
  ] as const)('%s', async (_what, turns, given, expected) => {
    expect(await understood(turns, given)).toBe(expected)
  })

  it('stays with the flow at work where it is not sure, and reads its slots', async () => {
    const asked: (string | undefined)[] = []
    expect(await understood(['start flow transfer'], () => (flow) => {
      asked.push(flow)
      return flow === undefined ? reading('balance', {}, 0.5) : reading(flow, { recipient: 'Ann' })
    })).toBe('set slot recipient Ann')
    expect(asked).toEqual([undefined, 'transfer'])
  })

  it('is told what the slots of the flow at work hold', async () => {
    let told: unknown
    await understood(['start flow transfer\nset slot recipient Ann'], (_before, known) => {
      told = known
      return () => reading('transfer')
    })
    expect(told).toEqual([{ flow: 'transfer', slots: { recipient: 'Ann' } }])
  })

  it('reads all that was said on both sides, and the message last', async () => {
    let read: readonly TranscriptTurn[] = []
    await understood(['start flow transfer'], (before) => {
      read = before
      return () => reading('transfer')
    }, 'to Ann')
    expect(read.map(({ from }) => from)).toEqual(['user', 'agent', 'user'])
    expect(read.at(-1)).toEqual({ from: 'user', text: 'to Ann' })
  })
})
