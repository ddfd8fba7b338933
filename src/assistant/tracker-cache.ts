import { RevertTooFar } from '../dialogue/errors.js'
import { emptyTracker, foldAll, type Tracker } from '../dialogue/tracker.js'
import type { Project } from '../project/types.js'
import type { TrackerStore } from '../store/tracker-store.js'
import { readSnapshot, snapshotOf } from './snapshot.js'

/** Trackers as of their last stored event. */
export type TrackerCache = {
  /** From memory where this process stored the last turn, else from the store. It may be stale: the store's append finds out. */
  readonly load: (conversation: string) => Promise<Tracker>
  readonly keep: (conversation: string, tracker: Tracker) => void
  readonly drop: (conversation: string) => void
}

/** Events between two snapshots: reading this many costs little, writing more often would cost more than it saves. */
const snapshotEvery = 250

/** Keeps the `capacity` conversations that spoke last. Snapshots are written in passing; one that fails is only a slower load later. */
export const trackerCache = (project: Project, store: TrackerStore, capacity = 2_000): TrackerCache => {
  const kept = new Map<string, Tracker>()
  const snapshots = new Map<string, number>()
  const keep = (conversation: string, tracker: Tracker): void => {
    kept.delete(conversation)
    kept.set(conversation, tracker)
    for (const oldest of kept.keys()) {
      if (kept.size <= capacity) break
      kept.delete(oldest)
      snapshots.delete(oldest)
    }
    const last = snapshots.get(conversation) ?? 0
    if (tracker.sequence - last < snapshotEvery) return
    snapshots.set(conversation, tracker.sequence)
    store.keepSnapshot(conversation, snapshotOf(project, tracker)).catch(() => { /* a cache on disk: see above */ })
  }
  const foldedFrom = async (start: Tracker, conversation: string): Promise<Tracker> => {
    try {
      return foldAll(start, await store.read(conversation, start.sequence))
    } catch (error) {
      // What was taken back may lie before the snapshot.
      if (!(error instanceof RevertTooFar)) throw error
      return foldAll(emptyTracker(project), await store.read(conversation))
    }
  }
  return {
    load: async (conversation) => {
      const known = kept.get(conversation)
      if (known) return known
      const snapshot = await store.snapshot(conversation)
      const start = (snapshot && readSnapshot(project, snapshot)) ?? emptyTracker(project)
      const tracker = await foldedFrom(start, conversation)
      snapshots.set(conversation, start.sequence)
      keep(conversation, tracker)
      return tracker
    },
    keep,
    drop: (conversation) => {
      kept.delete(conversation)
      snapshots.delete(conversation)
    },
  }
}
