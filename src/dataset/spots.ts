import type { Command } from '../dialogue/commands.js'
import { legalCommands, type LegalCommands } from '../dialogue/legal.js'
import { situationOf, type Situation } from '../dialogue/situation.js'
import type { Tracker } from '../dialogue/tracker.js'
import type { Project, SlotValue } from '../project/types.js'
import { randomOf, type Random } from './random.js'
import { opened, turned, type World } from './simulation.js'
import type { Vocabulary } from './vocabulary.js'
import { findingSlots, randomWorld } from './world.js'

/** A point of a conversation at which the customer is to speak: reached through the engine, so it is as in serving. */
export type Spot = { readonly tracker: Tracker; readonly situation: Situation; readonly legal: LegalCommands }

export const spotAt = (project: Project, tracker: Tracker): Spot => {
  let legal: LegalCommands | null = null
  return {
    tracker,
    situation: situationOf(project, tracker),
    // Worked out only where somebody asks: most points that a walk passes are known already.
    get legal() {
      legal ??= legalCommands(project, tracker)
      return legal
    },
  }
}

export type Spots = {
  /** No flow is active: at the very beginning, and after each flow that ended. */
  readonly idle: readonly Spot[]
  /** Inside flows, by `flow/slot asked`. */
  readonly asking: ReadonlyMap<string, readonly Spot[]>
  /** Inside a flow that interrupted another one. */
  readonly interrupting: readonly Spot[]
  /** A pattern asks something: whether to go on, which flow was meant. */
  readonly pattern: readonly Spot[]
}

const turnsPerWalk = 16
/** Walks through each flow; fewer where there are hundreds of flows, since each question is met by many utterances anyway. */
const walksFor = (flows: number): number => Math.min(24, Math.max(4, Math.round(2400 / flows)))
/** Different states kept for one question of one flow, and for all places that belong to no question. */
const statesPerQuestion = 16
const statesElsewhere = 160

/** What makes two states look different to the model. */
const signature = (spot: Spot): string => {
  const { flow, asked, pattern, interrupted, options, slots } = spot.situation
  // Between flows all looks alike to the model, but not everything may be said at the very beginning.
  return JSON.stringify([flow, asked, pattern, interrupted, options, slots.map(({ value }) => value), flow === null ? [spot.legal.repeat, spot.legal.startable] : null])
}

class Collection {
  readonly #seen = new Set<string>()
  readonly idle: Spot[] = []
  readonly asking = new Map<string, Spot[]>()
  readonly interrupting: Spot[] = []
  readonly pattern: Spot[] = []

  add(spot: Spot): void {
    const shelf = this.#shelf(spot)
    if (shelf.length >= (shelf === this.interrupting || shelf === this.pattern ? statesElsewhere : statesPerQuestion)) return
    const name = signature(spot)
    if (this.#seen.has(name)) return
    this.#seen.add(name)
    shelf.push(spot)
  }

  #shelf({ situation }: Spot): Spot[] {
    const { flow, asked, pattern, interrupted, options } = situation
    if (options.length > 0 || (pattern !== null && flow === null) || (pattern?.startsWith('pattern_continue') ?? false)) return this.pattern
    if (flow === null) return this.idle
    if (interrupted.length > 0) return this.interrupting
    const key = `${flow}/${asked ?? ''}`
    const shelf = this.asking.get(key) ?? []
    this.asking.set(key, shelf)
    return shelf
  }
}

/**
 * Values said now and then beside the start of a flow, so that later questions are met with different things known.
 * Those of called flows are left out: nobody names a new street when asking to block a card.
 */
const prefilled = (project: Project, legal: LegalCommands, flow: string, words: Vocabulary, random: Random): readonly Command[] => {
  const own = new Set(project.flows.get(flow)?.steps.flatMap((step) => (step.kind === 'collect' ? [step.slot] : [])))
  return [...(legal.settableWith.get(flow)?.values() ?? [])]
    .filter((slot) => own.has(slot.name) && slot.type !== 'bool' && random.chance(0.35))
    .flatMap((slot) => setSlot(slot.name, words.valueFor(slot.name, random)))
}

const setSlot = (name: string, value: SlotValue | undefined): readonly Command[] =>
  value === undefined ? [] : [{ command: 'set slot', name, value }]

type Walk = { readonly project: Project; readonly words: Vocabulary; readonly world: World; readonly random: Random; readonly found: Collection }

/** Answers whatever is asked until no flow is left. `diversion` starts another flow on the way. */
const walked = (walk: Walk, from: Spot, flow: string, diversion: string | null): void => {
  const { project, words, world, random, found } = walk
  const start = ({ tracker, legal }: Spot, id: string): Tracker | null => {
    if (!legal.startable.includes(id)) return tracker
    return turned(project, tracker, id, [{ command: 'start flow', flow: id }, ...prefilled(project, legal, id, words, random)], world)
  }
  let tracker = start(from, flow)
  const divertAt = 1 + random.below(3)
  for (let turn = 1; tracker !== null && turn <= turnsPerWalk; turn++) {
    const spot = spotAt(project, tracker)
    found.add(spot)
    const { asked } = spot.situation
    if (asked === null) return
    if (diversion !== null && turn === divertAt) {
      tracker = start(spot, diversion)
      continue
    }
    const commands = setSlot(asked, words.valueFor(asked, random))
    if (commands.length === 0) return
    tracker = turned(project, tracker, asked, commands, world)
  }
}

/** Every question of every flow, with different things known, and the places between flows. Decided by the seed alone. */
export const spotsOf = (project: Project, words: Vocabulary, seed: number): Spots => {
  const found = new Collection()
  const findings = findingSlots(project)
  const walkFor = (...keys: readonly (string | number)[]): Walk => {
    const random = randomOf(seed, 'walk', ...keys)
    return { project, words, random, world: randomWorld(findings, random), found }
  }
  const beginning = opened(project, walkFor('opening').world)
  if (beginning === null) return found
  const first = spotAt(project, beginning)
  found.add(first)
  const flows = first.legal.startable
  const walks = walksFor(flows.length)
  for (const flow of flows) {
    for (let turn = 0; turn < walks; turn++) walked(walkFor(flow, turn), first, flow, null)
    for (let turn = 0; turn < walks / 2; turn++) {
      const walk = walkFor(flow, 'diverted', turn)
      const diversion = walk.random.pick(flows.filter((other) => other !== flow))
      if (diversion !== undefined) walked(walk, first, flow, diversion)
    }
  }
  return found
}

/** The state right after the assistant asked which of these flows was meant. */
export const clarifying = (project: Project, from: Spot, options: readonly string[], world: World): Spot | null => {
  const tracker = turned(project, from.tracker, options.join(' or '), [{ command: 'clarify', options }], world)
  const spot = tracker === null ? null : spotAt(project, tracker)
  return spot !== null && spot.situation.options.length > 0 ? spot : null
}
