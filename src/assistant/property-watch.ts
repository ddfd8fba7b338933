import type { TrackerEvent } from '../dialogue/events.js'
import { hasMemory, isOutOfOrder, isSuspect, isViolatedAtEnd, remembered } from '../dialogue/monitor.js'
import type { Tracker } from '../dialogue/tracker.js'
import type { Project, Property } from '../project/types.js'
import type { Log } from './log.js'
import type { Violation } from './turn-record.js'

/** What looks wrong already; whether it is depends on what happened before, which only the history tells. */
type Suspicion = { readonly property: Property; readonly at: number; readonly on: string }

/**
 * Holds the project's properties against one live turn. What matters of earlier turns is read from the history, and only where something
 * looks wrong: an ordinary turn costs a comparison of names for each event.
 */
export class PropertyWatch {
  readonly violations: Violation[] = []
  private suspicions: Suspicion[] = []

  constructor(private readonly project: Project, private readonly log: Log, private readonly events: () => Promise<readonly TrackerEvent[]>) {}

  /** Hears an event before it is folded. `at`: its number in the turn. */
  hear(event: TrackerEvent, at: number, tracker: () => Tracker): void {
    const { project } = this
    if (project.properties.length === 0) return
    const seen = { project, get tracker() { return tracker() } }
    for (const property of project.properties) {
      if (isSuspect(property, event, seen)) this.suspicions.push({ property, at, on: nameOf(event) })
    }
  }

  /** Judges what has looked wrong since the last time. `turn`: the events of this turn. Gives back the property that forbids the action that is about to run. */
  async judge(turn: readonly TrackerEvent[], action: string | null): Promise<Property | null> {
    const suspicions = this.suspicions
    this.suspicions = []
    let blocking: Property | null = null
    for (const { property, at, on } of suspicions) {
      if (!(await this.isConfirmed(property, turn.slice(0, at)))) continue
      const isBlocked = property.onViolation === 'block' && on === action
      if (isBlocked) blocking = property
      this.note(property, on, isBlocked)
    }
    return blocking
  }

  /** The last judgement, when the turn has ended. */
  async end(turn: readonly TrackerEvent[], tracker: Tracker, ended: Parameters<typeof isViolatedAtEnd>[1]): Promise<void> {
    await this.judge(turn, null)
    for (const property of this.project.properties) {
      if (isViolatedAtEnd(property, ended, { project: this.project, tracker })) this.note(property, 'end of the turn', false)
    }
  }

  private async isConfirmed(property: Property, turn: readonly TrackerEvent[]): Promise<boolean> {
    if (!hasMemory(property)) return true
    const memory = [...await this.events(), ...turn].reduce((known, event) => remembered(property, known, event), false)
    return isOutOfOrder(property, memory)
  }

  private note({ name, place }: Property, on: string, isBlocked: boolean): void {
    this.violations.push({ property: name, on, blocked: isBlocked })
    this.log({ level: 'error', event: 'property-violated', property: name, place: `${place.file}:${place.line}:${place.column}`, on, blocked: isBlocked })
  }
}

const nameOf = (event: TrackerEvent): string => {
  if (event.event === 'followup' || event.event === 'action') return event.name
  return 'flow_id' in event ? `${event.event} ${String(event.flow_id)}` : event.event
}
