import type { TrackerEvent } from '../dialogue/events.js'
import type { Report } from '../project/problem.js'
import type { Button, Place, Project, SlotValue } from '../project/types.js'
import type { YamlNode } from '../project/yaml-node.js'

type FlowEnd = { readonly flow: string; readonly step: string | null }
type Flows = { readonly operator: 'all' | 'any'; readonly flows: readonly string[] }
/** `value` is absent where any value but null will do. */
type SlotFact = { readonly slot: string; readonly value?: SlotValue }
type Utterance = { readonly utter: string | null; readonly text: RegExp | null; readonly buttons: readonly Pick<Button, 'title' | 'payload'>[] | null }
type Generated = { readonly threshold: number; readonly utter: string | null; readonly groundTruth: string | null }

/** What a test may demand of one turn. Rasa's names (calm-spec section 12); `bot_said` is its older `bot:` step, `property_holds` is our own. */
export type CheckShapes = {
  flow_started: Flows
  flow_completed: FlowEnd
  flow_cancelled: FlowEnd
  pattern_clarification_contains: Flows
  slot_was_set: SlotFact
  slot_was_not_set: SlotFact
  action_executed: { readonly action: string }
  property_holds: { readonly property: string }
  bot_uttered: Utterance
  bot_did_not_utter: Utterance
  bot_said: { readonly text: string }
  generative_response_is_relevant: Generated
  generative_response_is_grounded: Generated
}
export type CheckName = keyof CheckShapes
export type Check<K extends CheckName = CheckName> = {
  [P in K]: { readonly kind: P; readonly place: Place } & CheckShapes[P]
}[K]

/** What happened since the user's message. */
export type Evidence = { readonly project: Project; readonly events: readonly TrackerEvent[] }

export type Verdict =
  /** `at`: the event that met the check, by its number in the turn. */
  | { readonly verdict: 'passed'; readonly at: number }
  /** `actual`: what there was instead, one line each; empty where there was nothing of the kind. */
  | { readonly verdict: 'failed'; readonly actual: readonly string[] }
  | { readonly verdict: 'skipped'; readonly reason: string }

export type CheckReading = { readonly project: Project; readonly report: Report }

/** All there is to know about one kind of check, by the shape of what it demands. */
export type CheckKind<Shape> = {
  /** Makes checks of the value under the key. What is wrong with it is reported; the list then lacks that check. */
  readonly read: (node: YamlNode, reading: CheckReading) => readonly Shape[]
  /** One line for people: what was demanded. */
  readonly expected: (check: Shape) => string
  /** Looks at events from number `from` on. */
  readonly judge: (check: Shape, evidence: Evidence, from: number) => Verdict
}

export const passed = (at: number): Verdict => ({ verdict: 'passed', at })
export const failed = (actual: readonly string[]): Verdict => ({ verdict: 'failed', actual })

/** The event types that carry this name. */
export type EventNamed<E extends TrackerEvent['event']> = TrackerEvent extends infer T ? (T extends TrackerEvent ? (E extends T['event'] ? T : never) : never) : never

/** The first event from `from` on that fits, or what else there was of the kind. */
export const firstOf = <E extends TrackerEvent['event']>(
  { events }: Evidence, from: number, kinds: readonly E[],
  fits: (event: EventNamed<E>) => boolean,
  written: (event: EventNamed<E>) => string,
): Verdict => {
  const others: string[] = []
  for (let at = from; at < events.length; at++) {
    const event = events[at]
    if (event === undefined || !isOneOf(event, kinds)) continue
    if (fits(event)) return passed(at)
    others.push(written(event))
  }
  return failed(others)
}

const isOneOf = <E extends TrackerEvent['event']>(event: TrackerEvent, kinds: readonly E[]): event is EventNamed<E> =>
  (kinds as readonly string[]).includes(event.event)

/** Numbers and truth values must match in type, as in Rasa: 1 is not "1". */
export const sameValue = (a: SlotValue, b: SlotValue): boolean => JSON.stringify(a) === JSON.stringify(b)
export const valueText = (value: SlotValue): string => JSON.stringify(value)
