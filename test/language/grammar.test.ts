import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LegalCommands } from '../../src/dialogue/legal.js'
import { advanced, choicesAt, followed, isReachable, maximumCommands, mayEnd, startOf, type Branch, type Position } from '../../src/language/grammar.js'
import { spokenLine } from '../../src/language/values.js'
import { arbitraryLegal, arbitraryMessage, slotOf } from './legal-arbitrary.js'

const nothing: LegalCommands = {
  heldBack: [], startable: [], settable: new Map(), settableWith: new Map(),
  cancel: false, clarify: false, skip: false, repeat: false, chitchat: false, knowledge: false, handoff: false, cannotHandle: true,
}
const amount = slotOf('amount', 'float')
const recipient = slotOf('recipient', 'text')
const bank: LegalCommands = {
  ...nothing, startable: ['transfer_money', 'check_balance', 'block_card'],
  settableWith: new Map([['transfer_money', new Map([['amount', amount], ['recipient', recipient]])]]),
  chitchat: true, clarify: true,
}
const linesAt = (position: Position): readonly string[] => {
  const spelled = (branch: Branch, before: string): readonly string[] =>
    [...(branch.command === null ? [] : [before + branch.text]), ...branch.more().flatMap((more) => spelled(more, before + branch.text))]
  return choicesAt(position).flatMap((branch) => spelled(branch, ''))
}
const after = (position: Position, ...lines: readonly string[]): Position =>
  lines.reduce((at, line) => followed(at, line) ?? expect.fail(`${line} is not legal`), position)

describe('the language of commands', () => {
  it('offers what the state allows', () => {
    expect(linesAt(startOf(bank, 'send 50 to Ann'))).toEqual([
      'start flow transfer_money', 'start flow check_balance', 'start flow block_card', 'offtopic reply', 'cannot handle',
      'disambiguate flows transfer_money check_balance', 'disambiguate flows transfer_money check_balance block_card',
      'disambiguate flows transfer_money block_card', 'disambiguate flows check_balance block_card',
    ])
  })
  it('opens the slots of a flow once it is started, and closes each when it is filled', () => {
    const started = after(startOf(bank, 'send 50'), 'start flow transfer_money')
    expect(linesAt(started)).toEqual([
      'start flow check_balance', 'start flow block_card', 'set slot amount 50',
      'set slot recipient send', 'set slot recipient send 50', 'set slot recipient 50', 'offtopic reply',
    ])
    expect(linesAt(after(started, 'set slot amount 50'))).not.toContain('set slot amount 50')
  })
  it('leaves out a slot that the message has no value for', () => {
    expect(linesAt(after(startOf(bank, '...'), 'start flow transfer_money')).filter((line) => line.startsWith('set slot'))).toEqual([])
  })
  it.each([['cannot handle'], ['disambiguate flows check_balance block_card']])('lets %j stand alone', (line) => {
    const position = after(startOf(bank, 'hm'), line)
    expect(choicesAt(position)).toEqual([])
    expect(mayEnd(position)).toBe(true)
    expect(followed(after(startOf(bank, 'hm'), 'offtopic reply'), line)).toBeNull()
  })
  it('lets a flow that is held back be named, alone, which means that nothing fits', () => {
    const named = after(startOf({ ...bank, heldBack: ['close_account'] }, 'close my account'), 'start flow close_account')
    expect(named.commands).toEqual([{ command: 'cannot handle' }])
    expect(choicesAt(named)).toEqual([])
    expect(followed(after(startOf({ ...bank, heldBack: ['close_account'] }, 'hm'), 'offtopic reply'), 'start flow close_account')).toBeNull()
  })
  it('keeps to the asked slot where it is forced', () => {
    expect(linesAt(startOf({ ...nothing, settable: new Map([['confirmed', slotOf('confirmed', 'bool')]]) }, 'stop, send 50'))).toEqual(['set slot confirmed true', 'set slot confirmed false', 'cannot handle'])
  })
  it('knows which completions can be decoded', () => {
    const start = startOf(bank, 'send 50 to my sister Ann')
    expect(isReachable(start, 'start flow transfer_money\nset slot amount 50\nset slot recipient my sister Ann')).toBe(true)
    for (const completion of ['', 'set slot amount 50', 'start flow transfer_money\nset slot amount 51', 'start flow transfer_money\n', 'start flow open_account', 'start flow transfer_money\nset slot recipient Bob']) {
      expect(isReachable(start, completion), completion).toBe(false)
    }
  })
  it('ends, repeats nothing, and takes texts from the message alone, whatever is legal and whatever is said', () => {
    fc.assert(fc.property(arbitraryLegal, arbitraryMessage, fc.infiniteStream(fc.nat()), (legal, message, picks) => {
      const spoken = spokenLine(message)
      let position = startOf(legal, message)
      for (let step = 0; ; step++) {
        expect(step).toBeLessThanOrEqual(maximumCommands)
        const lines = linesAt(position)
        expect(new Set(lines).size).toBe(lines.length)
        const line = lines[(picks.next().value ?? 0) % Math.max(lines.length, 1)]
        if (line === undefined) break
        const next = followed(position, line)
        expect(next?.commands.length).toBe(step + 1)
        const command = next?.commands.at(-1)
        if (command?.command === 'set slot' && typeof command.value === 'string' && ['text', 'any'].includes(slotTypeIn(legal, command.name))) {
          expect(spoken).toContain(command.value)
        }
        position = next ?? position
      }
      const keys = position.commands.map((command) => (command.command === 'set slot' ? `slot ${command.name}` : command.command === 'start flow' ? `flow ${command.flow}` : command.command))
      expect(new Set(keys).size).toBe(keys.length)
    }), { numRuns: 300 })
  })
  it('does not change a position by advancing it', () => {
    const start = startOf(bank, 'send 50')
    const before = linesAt(start)
    advanced(start, { command: 'start flow', flow: 'transfer_money' })
    expect(linesAt(start)).toEqual(before)
  })
})

const slotTypeIn = (legal: LegalCommands, name: string): string =>
  [legal.settable, ...legal.settableWith.values()].flatMap((slots) => slots.get(name) ?? []).at(0)?.type ?? 'none'
