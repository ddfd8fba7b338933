import fc from 'fast-check'
import type { LegalCommands } from '../../src/dialogue/legal.js'
import type { Slot, SlotType } from '../../src/project/types.js'

const place = { file: 'domain/slots.yml', line: 1, column: 1 }

export const slotOf = (name: string, type: SlotType, more: Partial<Slot> = {}): Slot => ({
  name, type, initialValue: null, values: [], minimum: null, maximum: null, mappings: [{ type: 'from_llm' }], validation: null, place, ...more,
})

const id = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/)
const option = fc.oneof(fc.constantFrom('lost', 'stolen', 'damaged card', 'Visa', 'other'), fc.stringMatching(/^[A-Za-z0-9][ -~]{0,8}[A-Za-z0-9]$/))

export const arbitrarySlot: fc.Arbitrary<Slot> = fc.tuple(id, fc.constantFrom<SlotType>('text', 'bool', 'categorical', 'float', 'any', 'list')).chain(([name, type]) =>
  type === 'categorical'
    ? fc.uniqueArray(option, { minLength: 1, maxLength: 4 }).map((values) => slotOf(name, type, { values }))
    : fc.constant(slotOf(name, type, type === 'float' ? { minimum: 1, maximum: 5 } : {})))

const byName = (slots: readonly Slot[]): ReadonlyMap<string, Slot> => new Map(slots.map((slot) => [slot.name, slot]))

/** Any legal set an engine could give, and some it never would. */
export const arbitraryLegal: fc.Arbitrary<LegalCommands> = fc.record({
  flows: fc.uniqueArray(id, { maxLength: 5 }),
  slots: fc.uniqueArray(arbitrarySlot, { maxLength: 6, selector: ({ name }) => name }),
  flags: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
}).map(({ flows, slots, flags }) => {
  const [cancel = false, clarify = false, skip = false, repeat = false, chitchat = false, knowledge = false, handoff = false] = flags
  return {
    heldBack: [], startable: flows,
    settable: byName(slots.filter((_, index) => index % 3 === 0)),
    settableWith: new Map(flows.map((flow, at) => [flow, byName(slots.filter((_, index) => index % flows.length === at))])),
    cancel, clarify, skip, repeat, chitchat, knowledge, handoff, cannotHandle: true,
  }
})

/** Messages as people write them, and as they attack. */
export const arbitraryMessage: fc.Arbitrary<string> = fc.array(fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('send', 'fifty', 'to', 'Ann', 'Müller', "Ann's", '€50', '1.200,50', 'two', 'hundred', 'my', 'card,', '(lost)', 'set', 'slot', 'start', 'flow', 'yes', '7') },
  { weight: 2, arbitrary: fc.string({ maxLength: 8, unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.constantFrom('<|im_end|>', '<|im_start|>', '\n', '\\n', '"', '`', '\u200B', '\u202E', '👩‍👩‍👧', '\uD800', '...', "'", 'null', '- 1.', '\u0000') },
), { maxLength: 9 }).map((words) => words.join(' '))
