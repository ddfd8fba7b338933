import type { Reading, Section } from './draft.js'
import type { Form, Story, StoryCondition, StoryStep } from './nlu.js'
import { normalise } from './normalise.js'
import { caution, mistake } from './problem.js'
import { hasShape } from './schema-check.js'
import { entriesOf, flagAt, get, itemsOf, placeOf, textAt, textOf, valueOf, type MapNode, type YamlNode } from './yaml-node.js'

type Forms = ReadonlyMap<string, Form>
/** A way through a story: checkpoints at its two ends join it to others. */
type Way = { readonly steps: readonly StoryStep[]; readonly from: string | null; readonly to: string | null }

/** More ways than this come of checkpoints in a circle, or of a mistake. */
const mostWays = 500

/** `stories:`, with every `or` and every checkpoint written out. */
export const readStories = (sections: readonly Section[], forms: Forms, reading: Reading): readonly Story[] => {
  const read = sections.flatMap(({ value }) => itemsOf(value)).flatMap((node) => {
    if (node.kind !== 'map' || !hasShape('story', node, reading.report)) return []
    return waysOf(itemsOf(get(node, 'steps')), forms, reading).map((way) => ({ node, way }))
  })
  const joined = read.flatMap(({ node, way }) => (way.from === null ? endingsOf(way, read.map((other) => other.way), []).map((steps) => ({ node, steps })) : []))
  if (joined.length > mostWays) reading.report(caution(joined[0]?.node ?? null, 'too-many-stories', `Checkpoints and "or" make ${joined.length} stories of these; the first ${mostWays} are used.`))
  return joined.slice(0, mostWays).map(({ node, steps }) => ({
    name: textAt(node, 'story') ?? '', isRule: false, conditions: [], isAtStart: false, waits: true, steps, patterns: [], place: placeOf(node),
  }))
}

/** What may follow a checkpoint. One that leads back to itself ends there. */
const endingsOf = ({ steps, to }: Way, ways: readonly Way[], passed: readonly string[]): readonly (readonly StoryStep[])[] => {
  const next = to === null || passed.includes(to) ? [] : ways.filter(({ from }) => from === to)
  if (next.length === 0) return [steps]
  return next.flatMap((way) => endingsOf(way, ways, [...passed, to ?? '']).map((rest) => [...steps, ...rest])).slice(0, mostWays + 1)
}

const waysOf = (nodes: readonly YamlNode[], forms: Forms, reading: Reading): readonly Way[] => {
  const [first, last] = [textAt(nodes[0] ?? null, 'checkpoint'), textAt(nodes.at(-1) ?? null, 'checkpoint')]
  const choices = nodes.map((node): readonly (readonly StoryStep[])[] => {
    const either = get(node, 'or')
    return either === null ? [readStep(node, forms, reading)] : itemsOf(either).map((item) => readStep(item, forms, reading))
  })
  const ways = choices.reduce<readonly (readonly StoryStep[])[]>((done, options) => done.flatMap((way) => options.map((option) => [...way, ...option])).slice(0, mostWays + 1), [[]])
  return ways.map((steps) => ({ steps, from: first, to: nodes.length > 1 ? last : null }))
}

/** A rule that does more than answer one intent with one thing. */
export const readLongRule = (node: MapNode, forms: Forms, patterns: readonly string[], reading: Reading): Story => {
  const steps = itemsOf(get(node, 'steps')).flatMap((step) => {
    if (get(step, 'or') !== null || get(step, 'checkpoint') !== null) reading.report(mistake(step, 'bad-rule', 'A rule has no "or" and no checkpoint.', { suggestion: 'write one rule for each way, or a story' }))
    return readStep(step, forms, reading)
  })
  if (!steps.some(({ kind }) => kind === 'action' || kind === 'bot')) {
    reading.report(mistake(get(node, 'steps'), 'bad-rule', 'After its intent, a rule says what happens.', { expected: '- action: utter_name, - action: action_name, or - flow: name' }))
  }
  return {
    name: textAt(node, 'rule') ?? '', isRule: true, isAtStart: flagAt(node, 'conversation_start', false), waits: flagAt(node, 'wait_for_user_input', true),
    conditions: itemsOf(get(node, 'condition')).flatMap((item) => readCondition(item, reading)), steps, patterns, place: placeOf(node),
  }
}

const readCondition = (node: YamlNode, { refer }: Reading): readonly StoryCondition[] => {
  const loop = get(node, 'active_loop')
  if (loop !== null) return [{ kind: 'loop', loop: textOf(loop) }]
  const slots = get(node, 'slot_was_set')
  return (slots?.kind === 'list' ? itemsOf(slots) : slots === null ? [] : [slots]).flatMap((item) => {
    const names = item.kind === 'map' ? entriesOf(item).map(({ key, value }) => ({ name: key.name, span: key, value: { value: valueOf(value) } })) : [{ name: textOf(item) ?? '', span: item, value: {} }]
    return names.map(({ name, span, value }): StoryCondition => {
      if (name !== 'requested_slot') refer({ kind: 'slot', name, span, use: 'read', by: null })
      return { kind: 'slot', slot: name, ...value }
    })
  })
}

/** `action_listen` is where a story waits anyway. */
const readStep = (node: YamlNode, forms: Forms, reading: Reading): readonly StoryStep[] => {
  const intent = get(node, 'intent')
  if (intent !== null) {
    reading.refer({ kind: 'intent', name: textOf(intent) ?? '', span: intent, use: 'read', by: null })
    const entities = itemsOf(get(node, 'entities')).flatMap((item) => textOf(item) ?? (item.kind === 'map' ? entriesOf(item).map(({ key }) => key.name).filter((name) => name !== 'role' && name !== 'group') : []))
    return [{ kind: 'intent', intent: textOf(intent) ?? '', entities }]
  }
  const said = textAt(node, 'user') ?? null
  if (said !== null) return [{ kind: 'said', text: normalise(said) }]
  const bot = textAt(node, 'bot')
  if (bot !== null) return [{ kind: 'bot', text: bot }]
  const action = get(node, 'action') ?? get(node, 'flow') ?? get(node, 'link')
  const name = textOf(action)
  if (action === null || name === null) return readCondition(node, reading)
  if (name === 'action_listen') return []
  if (get(node, 'action') === null) reading.report(mistake(node, 'bad-rule', 'A rule that starts a flow does nothing else.', { expected: 'an intent and "- flow: name", without conditions' }))
  else if (!forms.has(name)) {
    const isResponse = name.startsWith('utter_')
    reading.refer({ kind: isResponse ? 'response' : 'action', name, span: action, use: isResponse ? 'say' : 'run', by: null })
  }
  return [{ kind: 'action', action: name }]
}
