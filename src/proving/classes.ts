import { holds } from '../dialogue/conditions.js'
import { coerced } from '../dialogue/coercion.js'
import { TemplateFault } from '../dialogue/template.js'
import { conditionText } from '../project/condition-text.js'
import { operandsOf, type Condition } from '../project/condition.js'
import type { Project, Slot, SlotValue } from '../project/types.js'
import { atomsOf, literalsIn, slotsIn, type Atom } from './conditions.js'

/**
 * Values that no condition can tell apart (predicate abstraction: Graf and Saidi 1997). One stands for all of them; a second one is needed
 * only to correct the first. Null where the class has no second.
 */
export type ValueClass = { readonly value: SlotValue; readonly other: SlotValue }
export type Classes = {
  readonly values: ReadonlyMap<string, readonly ValueClass[]>
  /** Where a class may be missing, in words: then nothing is proved, only searched. */
  readonly doubts: readonly string[]
}

/** `named`: values that the engine itself tells apart, such as names of flows. */
export const classesOf = (project: Project, slots: Iterable<string>, conditions: readonly Condition[], named: ReadonlyMap<string, readonly string[]>): Classes => {
  const atoms = conditions.flatMap(atomsOf)
  const values = new Map<string, readonly ValueClass[]>()
  const doubts = new Set<string>()
  for (const name of slots) {
    const slot = project.slots.get(name)
    if (slot === undefined) continue
    const own = atoms.filter((atom) => slotsIn(atom).includes(name))
    const found = representatives(project, slot, own, named.get(name) ?? [])
    values.set(name, found)
    for (const doubt of own.flatMap((atom) => doubtsAbout(project, slot, atom, found.map(({ value }) => value)))) doubts.add(doubt)
  }
  return { values, doubts: [...doubts] }
}

const representatives = (project: Project, slot: Slot, atoms: readonly Atom[], named: readonly string[]): readonly ValueClass[] => {
  const classes = new Map<string, ValueClass>()
  for (const name of named) classes.set(`name ${name}`, { value: name, other: null })
  for (const candidate of candidatesFor(project, slot, atoms)) {
    const fit = coerced(slot, candidate)
    if (!fit.ok || fit.value === null) continue
    const key = atoms.map((atom) => (isTrueOf(project, atom, slot.name, fit.value) ? '1' : '0')).join('')
    const known = classes.get(key)
    if (known === undefined) classes.set(key, { value: fit.value, other: null })
    else if (known.other === null && known.value !== fit.value && typeof fit.value !== 'object') classes.set(key, { ...known, other: fit.value })
  }
  return [...classes.values()]
}

/** What people say first, so that counterexamples read well; then what lies on, below and above each limit. */
const candidatesFor = (project: Project, slot: Slot, atoms: readonly Atom[]): readonly SlotValue[] => {
  const literals = atoms.flatMap((atom) => literalsIn(operandsOf(atom)))
  if (slot.type === 'bool') return [true, false]
  if (slot.type === 'categorical') return slot.values
  if (slot.type === 'list') return [['something'], []]
  if (slot.type === 'float') return [...saidFor(project, slot.name), ...aroundLimits(slot, literals.map(Number).filter(Number.isFinite))]
  return [...saidFor(project, slot.name), 'something', 'something else', ...literals, 'none', '1', '12345678']
}

const saidFor = (project: Project, name: string): readonly SlotValue[] => [
  ...project.samples.filter(({ slot }) => slot === name).flatMap(({ samples }) => samples.map(({ value }) => value)),
  ...project.examples.flatMap(({ utterances }) => utterances.flatMap(({ spans }) => spans.filter(({ slot }) => slot === name).map(({ value }) => value))),
]

const aroundLimits = ({ minimum, maximum }: Slot, literals: readonly number[]): readonly number[] => {
  const limits = [...new Set([...literals, ...(minimum === null ? [] : [minimum]), ...(maximum === null ? [] : [maximum])])].sort((a, b) => a - b)
  const between = limits.slice(1).map((limit, at) => (limit + (limits[at] ?? limit)) / 2)
  return [1, 2, ...limits.flatMap((limit) => [limit + 1, limit + 2, limit, limit - 1, limit - 2]), ...between]
}

const isTrueOf = (project: Project, atom: Atom, slot: string, value: SlotValue): boolean => {
  try {
    return holds(atom, { project, slots: new Map([[slot, value]]), stack: [] })
  } catch (error) {
    if (error instanceof TemplateFault) return false
    throw error
  }
}

/** Numbers, words of a list and equal texts are covered whole; patterns only as far as a value is known on either side. */
const doubtsAbout = (project: Project, slot: Slot, atom: Atom, values: readonly SlotValue[]): readonly string[] => {
  const text = conditionText(atom)
  if (atom.kind === 'template') return [`the template ${text} is not looked into`]
  if (new Set(slotsIn(atom)).size > 1) return [`${text} compares two slots`]
  if (atom.kind === 'compare' && atom.operator.startsWith('<') || atom.kind === 'compare' && atom.operator.startsWith('>')) {
    return slot.type === 'float' ? [] : [`${text} puts texts in an order`]
  }
  if (atom.kind !== 'matches' && atom.kind !== 'contains') return []
  if (slot.type === 'categorical' || slot.type === 'bool') return []
  const sides = new Set(values.map((value) => isTrueOf(project, atom, slot.name, value)))
  return sides.size === 2 ? [] : [`no value of ${slot.name} is known that makes ${text} ${sides.has(true) ? 'false' : 'true'}; give one under "samples:"`]
}

/** Values that differ from the present one, of each class. */
export const valuesBeside = (classes: readonly ValueClass[], present: SlotValue): readonly SlotValue[] =>
  classes.flatMap(({ value, other }) => (value !== present ? [value] : other === null ? [] : [other]))
