import { contextLines, readPrompt } from '../language/prompt.js'
import type { Flow, Project } from '../project/types.js'
import type { Example } from './example.js'

/** How many different sentences say something of one kind in one flow. */
export type CoverageCell = { readonly flow: string; readonly kind: string; readonly found: number }

/** What people do while a flow is under way, beside answering it. */
const anywhere = ['cancel flow', 'start flow', 'correct', 'knowledge', 'chitchat', 'human handoff', 'cannot handle'] as const

/**
 * Flow by kind of what is said: how it is asked for, the answer to each of its questions, and what else is said while it is under way.
 * Near-duplicates count once. Cells that cannot occur are not there.
 */
export const coverageCells = (project: Project, examples: readonly Example[]): readonly CoverageCell[] => {
  const groups = new Map<string, Set<string>>()
  for (const example of examples) {
    for (const { flow, kind } of cellsOf(example)) {
      const key = `${flow}\u0000${kind}`
      groups.set(key, (groups.get(key) ?? new Set()).add(example.group))
    }
  }
  return [...project.flows.values()].filter(({ isPattern }) => !isPattern).flatMap((flow) =>
    possibleKinds(flow).map((kind) => ({ flow: flow.id, kind, found: groups.get(`${flow.id}\u0000${kind}`)?.size ?? 0 })))
}

const possibleKinds = ({ steps, guard }: Flow): readonly string[] => {
  const asked = [...new Set(steps.flatMap((step) => (step.kind === 'collect' ? [step.slot] : [])))]
  // Guarded by a constant, a flow is started by others only.
  const isStartable = !(guard?.kind === 'compare' && guard.left.kind === 'literal')
  return [...(isStartable ? ['asked for'] : []), ...asked.map((slot) => `answer ${slot}`), ...(asked.length === 0 ? [] : anywhere)]
}

const cellsOf = ({ prompt, commands }: Example): readonly Pick<CoverageCell, 'flow' | 'kind'>[] => {
  const lines = contextLines(readPrompt(prompt))
  const flow = lines.find((line) => line.startsWith('flow '))?.slice('flow '.length) ?? null
  const asked = lines.find((line) => line.startsWith('ask '))?.split(/[ :]/)[1] ?? null
  const started = commands.flatMap((command) => (command.command === 'start flow' ? [{ flow: command.flow, kind: 'asked for' }] : []))
  if (flow === null) return started
  return [...started, ...commands.map((command) => {
    if (command.command !== 'set slot') return { flow, kind: command.command }
    return { flow, kind: command.name === asked ? `answer ${asked}` : 'correct' }
  })]
}
