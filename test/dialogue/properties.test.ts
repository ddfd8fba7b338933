import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleaned } from '../../src/dialogue/cleanup.js'
import { readCommands, writeCommands } from '../../src/dialogue/command-text.js'
import type { Command } from '../../src/dialogue/commands.js'
import { isUserFrame } from '../../src/dialogue/frames.js'
import { legalCommands } from '../../src/dialogue/legal.js'
import { situationOf } from '../../src/dialogue/situation.js'
import { patched, stackPatch } from '../../src/dialogue/stack-patch.js'
import { coerced } from '../../src/dialogue/coercion.js'
import type { TrackerEvent } from '../../src/dialogue/events.js'
import type { Frame } from '../../src/dialogue/frames.js'
import type { SlotValue } from '../../src/project/types.js'
import { bank } from './bank.js'
import { Conversation, projectOf, type TestActions } from './conversation.js'

const projects = (['3.8', '3.13', '3.16'] as const).map((compat) => projectOf(bank, compat))
const flows = ['transfer', 'balance', 'move', 'address', 'block', 'lost', 'pattern_search', 'nowhere']
const slots = ['recipient', 'amount', 'confirmed', 'funds', 'account', 'street', 'city', 'zip', 'card', 'note', 'blocked', 'continue_interrupted_flow_confirmation', 'interrupted_flow_to_continue', 'continue_conversation', 'csat_score', 'nothing']
const value: fc.Arbitrary<SlotValue> = fc.oneof(fc.constantFrom('Ann', '50', '5000', 'true', 'false', 'savings', '8010', 'none', 'null', 'credit', 'satisfied', 'balance'), fc.constant(null), fc.integer(), fc.boolean(), fc.string({ maxLength: 6 }))

const turnCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ command: fc.constant('start flow' as const), flow: fc.constantFrom(...flows) }) },
  { weight: 8, arbitrary: fc.record({ command: fc.constant('set slot' as const), name: fc.constantFrom(...slots), value }) },
  { weight: 2, arbitrary: fc.constant<Command>({ command: 'cancel flow' }) },
  { weight: 1, arbitrary: fc.record({ command: fc.constant('clarify' as const), options: fc.subarray(flows) }) },
  { weight: 2, arbitrary: fc.constantFrom<Command>({ command: 'skip question' }, { command: 'chitchat' }, { command: 'knowledge' }, { command: 'human handoff' }, { command: 'repeat bot messages' }, { command: 'cannot handle' }, { command: 'noop' }) },
)
const aloneCommand: fc.Arbitrary<Command> = fc.constantFrom<Command>(
  { command: 'restart' }, { command: 'session start' }, { command: 'user silence' }, { command: 'handle code change' },
  { command: 'error', error_type: 'rasa_internal_error_default', info: {} }, { command: 'error', error_type: 'rasa_internal_error_user_input_empty', info: {} },
)
/** What people really say: chance alone seldom fills a flow to its end, or begins a session with something to carry over. */
const likely: readonly (readonly Command[])[] = [
  'start flow transfer\nset slot recipient Ann\nset slot amount 50', 'start flow transfer\nset slot recipient Bob', 'set slot amount 50', 'set slot confirmed true', 'set slot confirmed false',
  'start flow balance\nset slot account savings', 'start flow balance', 'set slot account savings', 'start flow move\nset slot street Main\nset slot city Cork', 'set slot zip 8010\nset slot note x',
  'start flow lost\nset slot note x', 'cancel flow', 'set slot continue_interrupted_flow_confirmation true', 'set slot interrupted_flow_to_continue none',
].map((text) => readCommands(text))
const turn: fc.Arbitrary<readonly Command[]> = fc.oneof(
  { weight: 8, arbitrary: fc.array(turnCommand, { maxLength: 4 }) },
  { weight: 8, arbitrary: fc.constantFrom(...likely) },
  { weight: 1, arbitrary: aloneCommand.map((command) => [command]) },
  { weight: 1, arbitrary: fc.constant<readonly Command[]>([{ command: 'session start' }]) },
)
const hangUp: readonly (readonly Command[])[] = Array.from({ length: 3 }, () => [{ command: 'user silence' }])
const turns = fc.array(fc.oneof({ weight: 19, arbitrary: turn.map((commands) => [commands]) }, { weight: 1, arbitrary: fc.constant(hangUp) }), { maxLength: 14 }).map((parts) => parts.flat())
const talk = fc.record({ compat: fc.integer({ min: 0, max: 2 }), turns, luck: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 }) })

/** Actions that sometimes fail, sometimes refuse, by the dice of the case. */
const actionsOf = (luck: readonly number[]): TestActions => {
  let rolls = 0
  const roll = (): number => luck[rolls++ % luck.length] ?? 0
  return {
    action_check_funds: () => (roll() === 0 ? 'fails' : [{ event: 'slot', name: 'funds', value: roll() > 3 }]),
    action_transfer: () => (roll() === 1 ? 'fails' : []),
    action_balance: () => [],
    validate_city: () => (roll() < 2 ? [{ event: 'slot', name: 'city', value: null }] : []),
  }
}

/** Slots that live no longer than the flow they are filled for. */
const scopedSlots: Readonly<Record<string, readonly string[]>> = {
  transfer: ['recipient', 'amount', 'confirmed'], balance: ['account'], move: ['street', 'city', 'zip', 'note'], lost: ['note'],
}

/**
 * What such slots may hold while no flow is there, told from the events: nothing, but what a new session has taken along, as Rasa's
 * carry_over_slots_to_new_session does, or what a hang-up has left; and that only until its flow has ended or the slot was filled anew.
 */
class Leftovers {
  readonly slots = [...new Set(Object.values(scopedSlots).flat())]
  readonly #held = new Map<string, SlotValue>()
  #left = new Map<string, SlotValue>()

  hear(event: TrackerEvent): void {
    if (event.event === 'session_started' || event.event === 'session_ended') this.#left = new Map(this.#held)
    else if (event.event === 'restart') for (const values of [this.#held, this.#left]) values.clear()
    else if (event.event === 'flow_completed' || event.event === 'flow_cancelled') for (const slot of scopedSlots[event.flow_id] ?? []) this.#left.delete(slot)
    else if (event.event === 'slot') {
      this.#held.set(event.name, event.value)
      if (this.#left.get(event.name) !== event.value) this.#left.delete(event.name)
    }
  }

  of(slot: string): SlotValue {
    return this.#left.get(slot) ?? null
  }
}

const runs = Number(process.env['FC_RUNS'] ?? 300)

describe(`any conversation (${runs} cases)`, () => {
  it('ends each turn waiting for the user, within the step budget, in a valid state; replay equals it byte for byte', () => {
    fc.assert(fc.property(talk, ({ compat, turns, luck }) => {
      const project = projects[compat]!
      const conversation = new Conversation(project, actionsOf(luck))
      const leftovers = new Leftovers()
      let hasHungUp = false
      let silences = 0
      for (const commands of turns) {
        const heard = conversation.events.length
        const { outcomes } = conversation.turn(commands) // the conversation itself compares live state, drafts and replay
        // Only the third silence in a row hangs up; in 3.16 that is final.
        silences = commands[0]?.command === 'user silence' ? silences + 1 : 0
        const hasEnded = conversation.tracker.session.state === 'ended'
        if (hasEnded && !hasHungUp) expect(silences).toBeGreaterThanOrEqual(3)
        hasHungUp = hasEnded
        expect(outcomes.at(-1)?.next).toBe(hasEnded ? 'ended' : 'listen')
        expect(outcomes.flatMap(({ faults }) => faults)).toEqual([])
        const { stack, slots: values } = conversation.tracker
        expect(conversation.tracker.pending).toBeNull()
        expect(new Set(stack.map(({ frame_id }) => frame_id)).size).toBe(stack.length)
        for (const frame of stack) expect(['START', 'END'].includes(frame.step_id) || project.flows.get(frame.flow_id)?.steps.some(({ id }) => id === frame.step_id || `NEXT:${id}` === frame.step_id), JSON.stringify(frame)).toBe(true)
        const roots = stack.filter((frame) => isUserFrame(frame) && frame.frame_type !== 'call').map(({ flow_id }) => flow_id)
        expect(new Set(roots).size, 'no flow twice').toBe(roots.length)
        for (const slot of project.slots.values()) expect(coerced(slot, values.get(slot.name) ?? null), slot.name).toEqual({ ok: true, value: values.get(slot.name) ?? null })
        for (const event of conversation.events.slice(heard)) leftovers.hear(event)
        if (stack.every((frame) => !isUserFrame(frame))) for (const slot of leftovers.slots) expect(values.get(slot), slot).toBe(leftovers.of(slot))
        situationOf(project, conversation.tracker)
      }
    }), { numRuns: runs })
  })

  it('cleans twice as once, and keeps exactly what is legal', () => {
    fc.assert(fc.property(talk, turn, ({ compat, turns, luck }, commands) => {
      const project = projects[compat]!
      const conversation = new Conversation(project, actionsOf(luck))
      for (const before of turns) conversation.turn(before)
      const { tracker } = conversation
      const once = cleaned(project, tracker, commands)
      expect(once.length).toBeGreaterThan(0)
      expect(cleaned(project, tracker, [...once])).toEqual(once)
      const legal = legalCommands(project, tracker)
      const keeps = (command: Command): boolean => cleaned(project, tracker, [command]).some(({ command: kind }) => kind === command.command)
      for (const flow of flows) expect(keeps({ command: 'start flow', flow }), flow).toBe(legal.startable.includes(flow))
      expect(keeps({ command: 'cancel flow' })).toBe(legal.cancel)
      expect(keeps({ command: 'skip question' })).toBe(legal.skip)
      expect(keeps({ command: 'repeat bot messages' })).toBe(legal.repeat)
      expect(keeps({ command: 'human handoff' })).toBe(legal.handoff)
      expect(keeps({ command: 'knowledge' })).toBe(legal.knowledge)
      for (const slot of project.slots.values()) {
        const fits = slot.type === 'float' ? 77 : slot.type === 'bool' ? tracker.slots.get(slot.name) !== true : slot.type === 'categorical' ? slot.values.find((known) => known !== tracker.slots.get(slot.name)) ?? '' : 'something new'
        const kept = cleaned(project, tracker, [{ command: 'set slot', name: slot.name, value: fits }])
        expect(kept.some(({ command }) => command === 'set slot' || command === 'correct slot'), slot.name).toBe(legal.settable.has(slot.name))
      }
    }), { numRuns: Math.ceil(runs / 2) })
  })
})

describe('command text', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
  const textual = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('null', 'None', ' a ', '"x"', 'back\\slash', 'two\nlines', '', '\'', '`', 'it\'s', 'a "b" c'))
  const writable: fc.Arbitrary<Command> = fc.oneof(
    fc.record({ command: fc.constant('start flow' as const), flow: name }),
    fc.record({ command: fc.constant('set slot' as const), name, value: fc.oneof(textual, fc.constant(null)) }),
    fc.record({ command: fc.constant('clarify' as const), options: fc.array(name, { maxLength: 3 }) }),
    fc.constantFrom<Command>({ command: 'cancel flow' }, { command: 'skip question' }, { command: 'chitchat' }, { command: 'knowledge' }, { command: 'human handoff' }, { command: 'repeat bot messages' }, { command: 'cannot handle' }),
  )
  it('reads back what it writes', () => {
    fc.assert(fc.property(fc.array(writable, { maxLength: 5 }), (commands) => {
      expect(readCommands(writeCommands(commands))).toEqual(commands)
    }), { numRuns: 2_000 })
  })
})

describe('stack patches', () => {
  const frame: fc.Arbitrary<Frame> = fc.record({ frame_id: fc.stringMatching(/^[a-e]$/), flow_id: fc.constantFrom('a', 'b'), step_id: fc.constantFrom('START', 'x'), frame_type: fc.constant('regular' as const), type: fc.constant('pattern_x'), context: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<SlotValue> })
  const stack = fc.uniqueArray(frame, { selector: ({ frame_id }) => frame_id, maxLength: 5 })
  it('turn one stack into the other, byte for byte', () => {
    fc.assert(fc.property(stack, stack, (from, to) => {
      const update = stackPatch(from, to)
      expect(JSON.stringify(update === null ? from : patched(from, update))).toBe(JSON.stringify(to))
    }), { numRuns: 2_000 })
  })
})
