import type { Condition } from './condition.js'
import { nearest, listed } from './nearest.js'
import { mistake } from './problem.js'
import { readCondition, unread } from './read-condition.js'
import { hasShape } from './schema-check.js'
import { stepKinds, stepReaders } from './steps/all.js'
import type { StepContext } from './steps/step-reader.js'
import type { Next, Step, StepKindName, Target } from './types.js'
import { get, itemsOf, keyAt, placeOf, textAt, writtenOf, type ListNode, type MapNode, type YamlNode } from './yaml-node.js'

/** A step on its way from nested YAML to the flat list: it has its place in the order and its id, but may not know where it leads. */
type Raw = { readonly node: MapNode; readonly kind: StepKindName; readonly id: string; next: Next }

/**
 * Flattens the steps of a flow: every step gets an id and a `next`. A step without `next` goes on with the one after it in its own
 * list; after the last step of a flow comes the end. The last step of a nested list must say where it leads, because readers differ on
 * what silence would mean there. Null where a step cannot be read at all.
 */
export const readSteps = (list: ListNode, context: StepContext): readonly Step[] | null => {
  const flattening = new Flattening(context)
  flattening.list(list, true)
  flattening.resolve()
  // Also where a step is missing: what can be read may hold more mistakes to tell.
  const steps = flattening.raws.map((raw) => finished(raw, context))
  return flattening.broken || steps.length === 0 ? null : steps
}

const finished = ({ node, kind, id, next }: Raw, context: StepContext): Step =>
  // Kind and shape come from the same reader, which the type of a record cannot say.
  ({ kind, id, next, place: placeOf(node), ...stepReaders[kind].read(node, context) }) as Step

/** A target still by name, with the place that names it. */
type Pending = { readonly name: string; readonly node: YamlNode; readonly settle: (target: Target) => void }

class Flattening {
  readonly raws: Raw[] = []
  readonly #byId = new Map<string, Raw>()
  /** Ids of steps that cannot be read: they exist all the same. */
  readonly #unreadIds = new Set<string>()
  readonly #pending: Pending[] = []
  broken = false

  constructor(readonly context: StepContext) {}

  /** Puts a list's steps, and those nested in them, into the flat order. Gives the id of the first. */
  list(list: ListNode, isTop: boolean): Target {
    const own: { readonly raw: Raw; readonly next: YamlNode | null }[] = []
    for (const item of list.items) {
      const raw = this.#step(item)
      if (raw === null) {
        this.broken = true
        const id = textAt(item, 'id')
        if (id !== null) this.#unreadIds.add(id)
        continue
      }
      const next = get(raw.node, 'next')
      own.push({ raw, next })
      if (next !== null) this.#next(raw, next)
    }
    own.forEach(({ raw, next }, at) => {
      if (next !== null) return
      const following = own[at + 1]?.raw
      raw.next = { kind: 'go', to: following === undefined || raw.kind === 'link' ? 'END' : { step: following.id } }
      if (following === undefined && !isTop && raw.kind !== 'link') this.#missingNext(raw)
    })
    const first = own[0]?.raw
    return first === undefined ? 'END' : { step: first.id }
  }

  /** Gives names their steps, once all are known. */
  resolve(): void {
    for (const { name, node, settle } of this.#pending) {
      if (name === 'END') settle('END')
      else if (this.#byId.has(name)) settle({ step: name })
      else if (!this.#unreadIds.has(name)) this.#unknownStep(name, node)
    }
  }

  #step(item: YamlNode): Raw | null {
    const { report } = this.context
    if (item.kind !== 'map') {
      report(mistake(item, 'wrong-type', 'A step must be a map.', { expected: `one of the keys ${stepKinds.join(', ')}` }))
      return null
    }
    const kind = this.#kindOf(item)
    if (kind === null) return null
    const isBranch = kind === 'noop' && !item.entries.has('noop')
    if (!hasShape(isBranch ? 'branch' : stepReaders[kind].schema, item, report)) return null
    const raw: Raw = { node: item, kind, id: this.#idOf(item, kind), next: { kind: 'go', to: 'END' } }
    this.raws.push(raw)
    this.#byId.set(raw.id, raw)
    return raw
  }

  #kindOf(item: MapNode): StepKindName | null {
    const kinds = stepKinds.filter((kind) => item.entries.has(kind))
    const [kind, second] = kinds
    if (kind !== undefined && second === undefined) return kind
    if (kind === undefined && item.entries.has('next')) return 'noop'
    const { report } = this.context
    if (second !== undefined) {
      report(mistake(item.entries.get(second)?.key ?? item, 'two-kinds', 'A step does one thing only.', { found: kinds.join(' and '), suggestion: 'make two steps of it' }))
    } else {
      const near = [...item.entries.keys()].map((key) => nearest(key, stepKinds)).find((name) => name !== null)
      report(mistake([...item.entries.values()][0]?.key ?? item, 'no-kind', 'This step does nothing attune knows.', {
        found: [...item.entries.keys()].join(', '), expected: `one of ${stepKinds.join(', ')}`, suggestion: near ?? null,
      }))
    }
    return null
  }

  #idOf(item: MapNode, kind: StepKindName): string {
    const { report } = this.context
    const given = textAt(item, 'id')
    if (given !== null) {
      const node = get(item, 'id') ?? item
      const other = this.#byId.get(given)
      if (given === 'END' || given === 'START') report(mistake(node, 'reserved-id', `A step cannot be called ${given}.`, { suggestion: 'choose another id' }))
      else if (other !== undefined) report(mistake(node, 'duplicate-step', `Two steps of this flow have the id "${given}".`, { found: `the first stands in line ${placeOf(other.node).line}`, suggestion: 'rename one of them' }))
      return given
    }
    const about = stepReaders[kind].about(item).replace(/_*[^\w-]+_*/g, '_').replace(/^_+|_+$/g, '')
    const id = [this.raws.length, kind, ...(about === '' ? [] : [about])].join('_')
    return this.#byId.has(id) ? `${id}_` : id
  }

  #next(raw: Raw, node: YamlNode): void {
    const branches = itemsOf(node)
    if (!branches.some((item) => item.kind === 'map' && (item.entries.has('if') || item.entries.has('else') || item.entries.has('then')))) {
      this.#target(node, 'next', (to) => (raw.next = { kind: 'go', to }))
      return
    }
    const next: { kind: 'branch'; branches: { readonly if: Condition; to: Target }[]; otherwise: Target } = { kind: 'branch', branches: [], otherwise: 'END' }
    raw.next = next
    branches.forEach((item, at) => {
      if (!this.#isBranch(item)) return
      if (item.entries.has('else')) {
        if (at < branches.length - 1) this.context.report(mistake(keyAt(item, 'else'), 'else-not-last', 'Nothing after "else" can ever be reached.', { suggestion: 'put it last' }))
        this.#target(get(item, 'else') ?? item, 'else', (to) => (next.otherwise = to))
        return
      }
      const branch = { if: this.#condition(get(item, 'if')), to: 'END' as Target }
      next.branches.push(branch)
      this.#target(get(item, 'then') ?? item, 'then', (to) => (branch.to = to))
    })
    if (branches.every((item) => get(item, 'else') === null)) {
      this.context.report(mistake(keyAt(raw.node, 'next'), 'missing-else', 'It is not said where to go when no condition holds.', { expected: 'a last branch "- else: ..."', suggestion: '- else: END' }))
    }
  }

  #condition(node: YamlNode | null): Condition {
    const about = { role: 'branch', by: this.context.flow, ownSlot: null } as const
    return (node === null ? null : readCondition(node, about, this.context)) ?? unread
  }

  /** Either `if` with `then`, or `else`, and nothing besides. */
  #isBranch(item: YamlNode): item is MapNode {
    const { report } = this.context
    if (item.kind !== 'map') {
      report(mistake(item, 'bad-branch', 'A branch must be a map.', { expected: 'if and then, or else' }))
      return false
    }
    const keys = [...item.entries.keys()]
    const isElse = item.entries.has('else')
    const odd = keys.find((key) => !(isElse ? ['else'] : ['if', 'then']).includes(key))
    if (odd !== undefined) {
      report(mistake(item.entries.get(odd)?.key ?? item, 'bad-branch', `"${odd}" cannot stand in a branch ${isElse ? 'with "else"' : 'of "next"'}.`, { expected: 'if and then, or else', suggestion: nearest(odd, ['if', 'then', 'else']) }))
      return false
    }
    const absent = isElse ? null : ['if', 'then'].find((key) => !item.entries.has(key)) ?? null
    if (absent !== null) report(mistake(item, 'bad-branch', `This branch has no "${absent}".`, { found: keys.join(', '), expected: 'if and then' }))
    return absent === null
  }

  #target(node: YamlNode, key: string, settle: (target: Target) => void): void {
    const { report } = this.context
    if (node.kind === 'list' && node.items.length > 0) settle(this.list(node, false))
    else if (node.kind === 'scalar' && node.value !== null) this.#pending.push({ name: writtenOf(node) ?? '', node, settle })
    else report(mistake(node, 'bad-target', `"${key}" must say where to go.`, { expected: 'the id of a step, END, or a list of steps' }))
  }

  #unknownStep(name: string, node: YamlNode): void {
    const ids = [...this.#byId.keys()]
    const details = { found: name, expected: `one of ${listed([...ids, 'END'])}`, suggestion: name === 'CONTINUE' ? 'leave out "next" to go on with the following step' : nearest(name, [...ids, 'END']) }
    this.context.report(mistake(node, 'unknown-step', `The flow "${this.context.flow}" has no step "${name}".`, details))
  }

  #missingNext({ node }: Raw): void {
    this.context.report(mistake(node, 'missing-next', 'The last step of a nested list must say where it leads.', { expected: 'next: an id, or next: END', suggestion: 'next: END' }))
  }
}
