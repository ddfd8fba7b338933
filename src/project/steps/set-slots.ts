import { entriesOf, get, itemsOf, valueOf, type MapEntry, type MapNode } from '../yaml-node.js'
import type { StepReader } from './step-reader.js'

/** A list of one-key maps, or one plain map. */
const settingsOf = (node: MapNode): readonly MapEntry[] => {
  const settings = get(node, 'set_slots')
  return settings?.kind === 'map' ? entriesOf(settings) : itemsOf(settings).flatMap(entriesOf)
}

export const setSlots: StepReader<'set_slots'> = {
  schema: 'set_slots',
  about: (node) => settingsOf(node).map(({ key }) => key.name).join('_'),
  read: (node, { refer, flow }) => ({
    values: settingsOf(node).map(({ key, value }) => {
      refer({ kind: 'slot', name: key.name, span: key, use: 'set', by: flow, value: valueOf(value) })
      return { slot: key.name, value: valueOf(value) }
    }),
  }),
}
