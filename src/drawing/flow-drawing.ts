import { conditionText } from '../project/condition-text.js'
import type { Flow, Place, Project, Step, StepKindName, Target } from '../project/types.js'

export type NodeKind = 'start' | 'collect' | 'action' | 'response' | 'set_slots' | 'noop' | 'link' | 'call' | 'end'

/** One shape of a drawing: a step, the start of the flow, or one of its ends. */
export type DrawnNode = {
  readonly id: string
  readonly kind: NodeKind
  /** Small, above the title: what the step does. */
  readonly caption: string
  readonly title: string
  /** What is said, refused or set. */
  readonly body: readonly string[]
  /** The step, for coverage and sources; null for starts and ends. */
  readonly step: string | null
  readonly place: Place | null
  /** The flow that a link or a call leads to. */
  readonly leadsTo: string | null
}
export type DrawnEdge = { readonly from: string; readonly to: string; readonly label: string | null }
export type FlowDrawing = { readonly flow: string; readonly name: string; readonly place: Place; readonly nodes: readonly DrawnNode[]; readonly edges: readonly DrawnEdge[] }

/** Where the words of responses are found. */
type Said = Pick<Project, 'responses'>
/** What a step of a kind shows. */
type Shown = Pick<DrawnNode, 'kind' | 'caption' | 'title' | 'body' | 'leadsTo'>
type Showing = { readonly [K in StepKindName]: (step: Step<K>, project: Said) => Shown }

const showing: Showing = {
  collect: ({ slot, utter, collectAction, askBeforeFilling, forceSlotFilling, rejections }, project) => ({
    kind: 'collect', caption: 'ask', title: slot, leadsTo: null,
    body: [
      ...(collectAction === null ? quoted(utter, project) : [`by ${collectAction}`]),
      ...(askBeforeFilling ? ['asked even if known'] : []),
      ...(forceSlotFilling ? ['nothing else is heard'] : []),
      ...rejections.map((rejection) => `✗ ${readable(conditionText(rejection.if))}`),
    ],
  }),
  action: ({ action }, project) => (action.startsWith('utter_')
    ? { kind: 'response', caption: 'say', title: action, body: quoted(action, project), leadsTo: null }
    : { kind: 'action', caption: 'run', title: action, body: [], leadsTo: null }),
  set_slots: ({ values }) => ({ kind: 'set_slots', caption: 'set', title: values.map(({ slot, value }) => `${slot} = ${JSON.stringify(value)}`).join(', '), body: [], leadsTo: null }),
  link: ({ flow }) => ({ kind: 'link', caption: 'go on with', title: flow, body: [], leadsTo: flow }),
  call: ({ flow }) => ({ kind: 'call', caption: 'call', title: flow, body: [], leadsTo: flow }),
  noop: () => ({ kind: 'noop', caption: '', title: '', body: [], leadsTo: null }),
}

const shownOf = <K extends StepKindName>(step: Step<K>, project: Said): Shown => showing[step.kind](step, project)

/** The words of a response, of its first variation. */
const quoted = (name: string, { responses }: Said): readonly string[] => {
  const text = responses.get(name)?.find((variation) => variation.text !== null)?.text
  return text === undefined || text === null ? [] : [`“${text.trim()}”`]
}
/** Everything in a condition is a slot, so the word is left out. */
const readable = (condition: string): string => condition.replace(/\bslots\./g, '')

const startId = '(start)'

/** What a flow looks like: a shape per step, an edge per way on. Every way to the end has an end of its own, so that edges stay short. */
export const flowDrawing = (flow: Flow, project: Said): FlowDrawing => {
  const [first] = flow.steps
  const nodes: DrawnNode[] = [{
    id: startId, kind: 'start', caption: '', title: flow.name, step: null, place: flow.place, leadsTo: null,
    body: flow.guard === null ? [] : [`if ${readable(conditionText(flow.guard))}`],
  }]
  const edges: DrawnEdge[] = first === undefined ? [] : [{ from: startId, to: first.id, label: null }]
  const leadOn = (from: string, to: Target, label: string | null): void => {
    if (to !== 'END') edges.push({ from, to: to.step, label })
    else {
      const id = `(end ${nodes.length})`
      nodes.push({ id, kind: 'end', caption: '', title: '', body: [], step: null, place: null, leadsTo: null })
      edges.push({ from, to: id, label })
    }
  }
  for (const step of flow.steps) {
    const { id, place, next } = step
    nodes.push({ id, step: id, place, ...shownOf(step, project) })
    if (step.kind === 'link') continue
    if (next.kind === 'go') leadOn(id, next.to, null)
    else {
      for (const branch of next.branches) leadOn(id, branch.to, readable(conditionText(branch.if)))
      leadOn(id, next.otherwise, 'else')
    }
  }
  return { flow: flow.id, name: flow.name, place: flow.place, nodes, edges }
}
