import { emptyTracker, type Tracker } from '../dialogue/tracker.js'
import type { Project } from '../project/types.js'
import type { Snapshot } from '../store/tracker-store.js'

/**
 * Raised when `fold` comes to mean something else while the fields of a tracker stay the same. Other fields, or another
 * project, make another format by themselves: then the history is folded anew.
 */
const foldVersion = 1

const formatOf = (project: Project): string => `${foldVersion}/${project.version}/${Object.keys(emptyTracker(project)).sort().join()}`

/** Maps stand at the top of a tracker only, and apart: a slot value may look like anything. */
type State = { readonly fields: Readonly<Record<string, unknown>>; readonly maps: Readonly<Record<string, readonly (readonly [string, unknown])[]>> }

/** A tracker as a snapshot: JSON, with its maps as lists of pairs, without what the project itself says. */
export const snapshotOf = (project: Project, tracker: Tracker): Snapshot => {
  const fields: Record<string, unknown> = {}
  const maps: Record<string, readonly (readonly [string, unknown])[]> = {}
  for (const [name, value] of Object.entries(tracker)) {
    if (name === 'initialSlots') continue
    if (value instanceof Map) maps[name] = [...(value as ReadonlyMap<string, unknown>)]
    else fields[name] = value
  }
  return { sequence: tracker.sequence, format: formatOf(project), state: JSON.stringify({ fields, maps } satisfies State) }
}

/** null where the snapshot was made by another fold or for another project. */
export const readSnapshot = (project: Project, { format, state }: Snapshot): Tracker | null => {
  if (format !== formatOf(project)) return null
  const { fields, maps } = JSON.parse(state) as State
  const withMaps = Object.fromEntries(Object.entries(maps).map(([name, pairs]) => [name, new Map(pairs)]))
  return { ...emptyTracker(project), ...fields, ...withMaps }
}
