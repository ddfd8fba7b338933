import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/dialogue/commands.js'
import { legalCommands } from '../../src/dialogue/legal.js'
import { situationOf } from '../../src/dialogue/situation.js'
import { parseCondition } from '../../src/project/condition-parser.js'
import type { Condition } from '../../src/project/condition.js'
import type { Flow, Project, Target } from '../../src/project/types.js'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

/** Flows that no loader would pass: cycles of jumps, of calls, of links; calls from patterns; targets that do not exist. */
const base = projectOf(bank)
const place = { file: 'random.yml', line: 1, column: 1 }
const conditionOf = (text: string): Condition => {
  const { condition } = parseCondition(text)
  if (condition === null) throw new Error(text)
  return condition
}
const conditions = ['slots.note is null', 'slots.card = "debit"', 'slots.amount > 10', 'true', 'false', 'slots.{{context.collect}} is null', 'not slots.confirmed'].map(conditionOf)
const slots = ['note', 'card', 'amount', 'confirmed', 'zip']
const flowIds = ['f0', 'f1', 'f2', 'pattern_chitchat', 'pattern_correction', 'pattern_completed', 'pattern_continue_interrupted', 'pattern_cancel_flow', 'pattern_clarification', 'pattern_internal_error']
const stepIds = ['s0', 's1', 's2', 's3']
const actions = ['utter_done', 'action_balance', 'action_listen', 'action_cancel_flow', 'action_correct_flow_slot', 'action_clean_stack', 'action_continue_interrupted_flow', 'action_cancel_interrupted_flows', 'action_restart', 'action_session_start', 'action_repeat_bot_messages', 'action_run_slot_rejections', 'action_trigger_chitchat', '{{context.utter}}', 'action_unknown', 'utter_ask_{{slots.note}}']

const target = (): fc.Arbitrary<Target> => fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...stepIds).map((step) => ({ step })) }, { weight: 1, arbitrary: fc.constant('END' as const) })
const next = fc.oneof(
  target().map((to) => ({ kind: 'go' as const, to })),
  fc.record({ kind: fc.constant('branch' as const), branches: fc.array(fc.record({ if: fc.constantFrom(...conditions), to: target() }), { minLength: 1, maxLength: 2 }), otherwise: target() }),
)
const shape = fc.oneof(
  fc.record({ kind: fc.constant('action' as const), action: fc.constantFrom(...actions) }),
  fc.record({ kind: fc.constant('collect' as const), slot: fc.constantFrom(...slots), askBeforeFilling: fc.boolean(), forceSlotFilling: fc.constant(false), resetAfterFlowEnds: fc.boolean(), rejections: fc.subarray(conditions, { maxLength: 1 }).map((list) => list.map((condition) => ({ if: condition, utter: 'utter_too_much' }))) })
    .map((step) => ({ ...step, utter: `utter_ask_${step.slot}`, collectAction: null, description: null })),
  fc.record({ kind: fc.constant('set_slots' as const), values: fc.constantFrom([{ slot: 'note', value: 'x' }], [{ slot: 'amount', value: null }], [{ slot: 'card', value: 'debit' }]) }),
  fc.record({ kind: fc.constantFrom('link' as const, 'call' as const), flow: fc.constantFrom(...flowIds, 'f9') }),
  fc.constant({ kind: 'noop' as const }),
)
const flow = fc.record({
  steps: fc.tuple(...stepIds.map((id) => fc.tuple(shape, next).map(([step, then]) => ({ ...step, id, next: then, place })))),
  persistedSlots: fc.subarray(slots), runPatternCompleted: fc.boolean(), guard: fc.constantFrom(null, conditionOf('slots.note is null')),
})
const project: fc.Arbitrary<Project> = fc.dictionary(fc.constantFrom(...flowIds), flow, { minKeys: 3, noNullPrototype: true }).map((flows) => ({
  ...base,
  flows: new Map<string, Flow>([...base.flows, ...Object.entries(flows).map(([id, parts]): [string, Flow] => [id, {
    id, name: id, description: id, nluTriggers: [], alwaysIncludeInPrompt: false, translation: {}, isPattern: id.startsWith('pattern_'), place, ...parts,
  }])]),
}))
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>(...['f0', 'f1', 'f2', 'transfer', 'move'].map((id): Command => ({ command: 'start flow', flow: id }))),
  fc.record({ command: fc.constant('set slot' as const), name: fc.constantFrom(...slots, 'recipient', 'continue_conversation'), value: fc.constantFrom('debit', 5, 50, true, false, null, '8010') }),
  fc.constantFrom<Command>({ command: 'cancel flow' }, { command: 'chitchat' }, { command: 'cannot handle' }, { command: 'clarify', options: ['f0', 'f1'] }, { command: 'restart' }, { command: 'error', error_type: 'x', info: {} }),
)
const runs = Number(process.env['FC_RUNS'] ?? 60)

describe(`any flows whatsoever (${runs} cases)`, () => {
  it('every turn ends, in a state that replays byte for byte; endless loops are located', () => {
    fc.assert(fc.property(project, fc.array(fc.array(command, { minLength: 1, maxLength: 3 }), { maxLength: 6 }), fc.infiniteStream(fc.integer({ min: 0, max: 5 })), (made, turns, luck) => {
      const talk = new Conversation(made, { action_balance: () => (luck.next().value === 0 ? 'fails' : []) })
      for (const commands of turns) {
        const { outcomes } = talk.turn(commands)
        expect(['listen', 'ended']).toContain(outcomes.at(-1)?.next)
        expect(outcomes.reduce((sum, { visited }) => sum + visited.length, 0)).toBeLessThanOrEqual(1_300)
        for (const { code, flow: blamed } of outcomes.flatMap(({ faults }) => faults)) if (code === 'step-budget') expect(blamed).not.toBe('')
        expect(new Set(talk.tracker.stack.map(({ frame_id }) => frame_id)).size).toBe(talk.tracker.stack.length)
        legalCommands(made, talk.tracker)
        situationOf(made, talk.tracker)
      }
    }), { numRuns: runs })
  })
})
