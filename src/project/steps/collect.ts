import { caution } from '../problem.js'
import { readRejections } from '../read-rejections.js'
import { flagAt, get, keyAt, textAt, textOf, type MapNode } from '../yaml-node.js'
import type { StepReader } from './step-reader.js'

/** `collect: name`, or the map form `collect: {name: ...}`. */
const slotOf = (node: MapNode): string => textAt(node, 'collect') ?? textAt(get(node, 'collect'), 'name') ?? ''

export const collect: StepReader<'collect'> = {
  schema: 'collect',
  about: slotOf,
  read: (node, context) => {
    const { flow, refer, report, declared } = context
    const slot = slotOf(node)
    const named = get(node, 'collect')
    refer({ kind: 'slot', name: slot, span: named?.kind === 'map' ? get(named, 'name') ?? node : named ?? node, use: 'collect', by: flow })
    const utter = textAt(node, 'utter') ?? `utter_ask_${slot}`
    const ownUtter = get(node, 'utter')
    refer({ kind: 'response', name: utter, span: ownUtter ?? named ?? node, use: 'ask', by: flow, slot })
    const collectAction = `action_ask_${slot}`
    if (node.entries.has('reset_after_flow_ends')) {
      report(caution(keyAt(node, 'reset_after_flow_ends'), 'deprecated-key', '"reset_after_flow_ends" is deprecated since Rasa 3.11.', { suggestion: `persisted_slots: [${slot}] on the flow` }))
    }
    return {
      slot,
      utter,
      collectAction: declared.actions.has(collectAction) ? collectAction : null,
      description: textOf(get(node, 'description')),
      askBeforeFilling: flagAt(node, 'ask_before_filling', false),
      resetAfterFlowEnds: flagAt(node, 'reset_after_flow_ends', true),
      forceSlotFilling: flagAt(node, 'force_slot_filling', false),
      rejections: readRejections(get(node, 'rejections'), { role: 'rejection', by: flow, ownSlot: slot }, context),
    }
  },
}
