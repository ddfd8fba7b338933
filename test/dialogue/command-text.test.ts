import { describe, expect, it } from 'vitest'
import { readCommands, writeCommands } from '../../src/dialogue/command-text.js'
import type { Command } from '../../src/dialogue/commands.js'

const start = (flow: string): Command => ({ command: 'start flow', flow })
const set = (name: string, value: string | null): Command => ({ command: 'set slot', name, value })

describe('reading commands (4.1)', () => {
  it.each<[string, readonly Command[]]>([
    ['start flow send_money', [start('send_money')]],
    ['StartFlow(send-money)', [start('send-money')]],
    ['set slot amount 50 euros', [set('amount', '50 euros')]],
    ['SetSlot(amount, 50 euros)', [set('amount', '50 euros')]],
    ['set slot note a, b (c) = d', [set('note', 'a, b (c) = d')]],
    ['set slot "amount" "50"', [set('amount', '50')]],
    ['set slot `amount` 50', [set('amount', '50')]],
    ['set slot amount null', [set('amount', null)]],
    ['set slot amount None', [set('amount', null)]],
    ['SetSlot(amount, undefined)', [set('amount', null)]],
    ['set slot note "null"', [set('note', 'null')]],
    ['set slot note "say \\"hi\\" \\\\ now"', [set('note', 'say "hi" \\ now')]],
    ['set slot note two\\nlines', [set('note', 'two\nlines')]],
    ['cancel flow\nCancelFlow()', [{ command: 'cancel flow' }, { command: 'cancel flow' }]],
    ['disambiguate flows a b-c', [{ command: 'clarify', options: ['a', 'b-c'] }]],
    ['Clarify(a, b)', [{ command: 'clarify', options: ['a', 'b'] }]],
    ['disambiguate flows', [{ command: 'clarify', options: [] }]],
    ['skip question\nSkipQuestion()', [{ command: 'skip question' }, { command: 'skip question' }]],
    ['offtopic reply\nChitChat()', [{ command: 'chitchat' }, { command: 'chitchat' }]],
    ['provide info\nSearchAndReply()\nsearch and reply', [{ command: 'knowledge' }, { command: 'knowledge' }, { command: 'knowledge' }]],
    ['hand over\nHumanHandoff()', [{ command: 'human handoff' }, { command: 'human handoff' }]],
    ['repeat message\nRepeatLastBotMessages()', [{ command: 'repeat bot messages' }, { command: 'repeat bot messages' }]],
    ['cannot handle', [{ command: 'cannot handle' }]],
    // bullets, numbers, quotes; one action a line; the value ends with the line; unknown lines are skipped
    ['1. start flow a\n- set slot b c\r\n* cancel flow\n> "start flow d"', [start('a'), set('b', 'c'), { command: 'cancel flow' }, start('d')]],
    ['I think the user wants this:\nstart flow a\nfly to the moon()', [start('a')]],
    ['', []], ['start flow', []], ['set slot', []], ['start flow a b', []],
  ])('%j', (text, commands) => {
    expect(readCommands(text)).toEqual(commands)
  })

  it('writes no line for commands of the engine', () => {
    expect(writeCommands([{ command: 'restart' }, start('a'), { command: 'correct slot', corrected_slots: [] }, set('b', null)])).toBe('start flow a\nset slot b null')
  })

  it('keeps a long hostile line linear', () => {
    const line = `set slot a ${'"\\'.repeat(50_000)}`
    expect(readCommands(line)).toHaveLength(1)
    expect(readCommands(`disambiguate flows ${'a, '.repeat(30_000)}(`)).toEqual([])
  })
})
