import { SlotOverlay } from '../dialogue/slot-overlay.js'
import { emptyTracker, type Tracker } from '../dialogue/tracker.js'
import type { Project, SlotValue } from '../project/types.js'
import type { Snapshot } from '../store/tracker-store.js'

/**
 * Raised when `fold` comes to mean something else, or a state is written otherwise, while the fields of a tracker stay the same.
 * Other fields, or another project, make another format by themselves: then the history is folded anew.
 */
const foldVersion = 2

const formatOf = (project: Project): string => `${foldVersion}/${project.version}/${Object.keys(emptyTracker(project)).sort().join()}`

type Pairs<Value> = readonly (readonly [string, Value])[]
/**
 * Maps stand at the top of a tracker only, and apart: a slot value may look like anything. Of slots in layers only those are told that
 * differ from what the project says.
 */
type State = { readonly fields: Readonly<Record<string, unknown>>; readonly maps: Readonly<Record<string, Pairs<unknown>>>; readonly changes: Pairs<SlotValue> | null }

/** A tracker as a snapshot: JSON, with its maps as lists of pairs, without what the project itself says. */
export const snapshotOf = (project: Project, tracker: Tracker): Snapshot => {
  const fields: Record<string, unknown> = {}
  const maps: Record<string, Pairs<unknown>> = {}
  for (const [name, value] of Object.entries(tracker)) {
    if (name === 'initialSlots' || value instanceof SlotOverlay) continue
    if (value instanceof Map) maps[name] = [...(value as ReadonlyMap<string, unknown>)]
    else fields[name] = value
  }
  const changes = tracker.slots instanceof SlotOverlay ? tracker.slots.changes() : null
  return { sequence: tracker.sequence, format: formatOf(project), state: JSON.stringify({ fields, maps, changes } satisfies State) }
}

/** null where the snapshot was made by another fold or for another project. */
export const readSnapshot = (project: Project, { format, state }: Snapshot): Tracker | null => {
  if (format !== formatOf(project)) return null
  const { fields, maps, changes } = JSON.parse(state) as State
  const withMaps = Object.fromEntries(Object.entries(maps).map(([name, pairs]) => [name, new Map(pairs)]))
  const tracker = { ...emptyTracker(project), ...fields, ...withMaps }
  if (changes === null) return tracker
  const slots = SlotOverlay.over(tracker.initialSlots)
  for (const [name, value] of changes) slots.set(name, value)
  return { ...tracker, slots }
}
