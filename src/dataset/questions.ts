import type { Random } from './random.js'
import type { Spot, Spots } from './spots.js'

/** The known states of one question of one flow. */
export type Question = readonly Spot[]

/** Where somebody is asked something inside a flow, sorted by what one looks for. */
export type Questions = {
  readonly all: readonly Question[]
  /** Questions for this slot. */
  readonly asking: (slot: string) => readonly Question[]
  /** Questions of flows that this slot belongs to. */
  readonly knowing: (slot: string) => readonly Question[]
  readonly of: (flow: string) => readonly Question[]
}

export const questionsOf = ({ asking }: Spots): Questions => {
  const all = [...asking.values()]
  const tables = { asked: new Map<string, Question[]>(), slot: new Map<string, Question[]>(), flow: new Map<string, Question[]>() }
  const note = (table: Map<string, Question[]>, key: string, question: Question): void => {
    const known = table.get(key)
    if (known === undefined) table.set(key, [question])
    else known.push(question)
  }
  for (const question of all) {
    const situation = question[0]?.situation
    if (situation === undefined) continue
    note(tables.asked, situation.asked ?? '', question)
    note(tables.flow, situation.flow ?? '', question)
    for (const { name } of situation.slots) note(tables.slot, name, question)
  }
  return {
    all,
    asking: (slot) => tables.asked.get(slot) ?? [],
    knowing: (slot) => tables.slot.get(slot) ?? [],
    of: (flow) => tables.flow.get(flow) ?? [],
  }
}

/** Blind tries for each place wanted, before all are looked through. */
const tries = 8

/** Some of the places that fit, each question with the same chance, however many states of it are known. */
export const someSpots = (questions: readonly Question[], fits: (spot: Spot) => boolean, count: number, random: Random): readonly Spot[] => {
  const chosen = new Set<Spot>()
  for (let turn = 0; turn < count * tries && chosen.size < count && questions.length > 0; turn++) {
    const spot = random.pick(random.pick(questions) ?? [])
    if (spot !== undefined && fits(spot)) chosen.add(spot)
  }
  if (chosen.size === count) return [...chosen]
  const open = questions.map((question) => question.filter(fits)).filter((question) => question.length > 0)
  for (let turn = 0; turn < count && chosen.size < count && open.length > 0; turn++) {
    const spot = random.pick(random.pick(open) ?? [])
    if (spot !== undefined) chosen.add(spot)
  }
  return [...chosen]
}
