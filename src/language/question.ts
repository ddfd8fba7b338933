import type { Flow, Project } from '../project/types.js'

/**
 * What the assistant asks for a slot, in the author's first wording. The model is shown this and not what was really said:
 * variations, translations and rephrasings would only make the same situation look like many.
 */
export const questionFor = (project: Project, flow: string | null, pattern: string | null, slot: string): string | null => {
  const from = [pattern, flow].flatMap((id) => (id === null ? [] : [project.flows.get(id)])).filter((found) => found !== undefined)
  const utter = askedIn(project, from, slot) ?? `utter_ask_${slot}`
  return project.responses.get(utter)?.find(({ text }) => text !== null)?.text ?? null
}

/** The response that asks for a slot, looked for in these flows and in those they call. */
const askedIn = (project: Project, flows: readonly Flow[], slot: string): string | null => {
  const seen = new Set<string>()
  const waiting = [...flows]
  for (let flow = waiting.shift(); flow !== undefined; flow = waiting.shift()) {
    if (seen.has(flow.id)) continue
    seen.add(flow.id)
    for (const step of flow.steps) {
      if (step.kind === 'collect' && step.slot === slot) return step.utter
      const called = step.kind === 'call' ? project.flows.get(step.flow) : undefined
      if (called !== undefined) waiting.push(called)
    }
  }
  return null
}
