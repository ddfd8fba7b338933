import type { Project, Property } from '../project/types.js'
import { conversationLines } from './counterexample.js'
import type { Finding, Result } from './prove.js'

/** Of all that was found about a property, what matters most: a violation, else the part about which least is known. */
export const verdictOf = ({ findings }: Result): Finding | null => {
  const order: readonly Finding['verdict'][] = ['violated', 'bounded', 'proven']
  const weight = (finding: Finding): number => order.indexOf(finding.verdict) * 1_000 + (finding.verdict === 'bounded' ? finding.done * 100 + Math.min(finding.depth, 99) : 0)
  return [...findings].sort((a, b) => weight(a) - weight(b))[0] ?? null
}

/** What it means that a level was looked at to its end. */
const whole = ['all conversations with one request at a time', 'all with one request at a time, late buttons and new sessions among them'] as const
const reasons = { depth: 'the depth that was asked for', states: 'as many states as were asked for', time: 'the time was over', doubt: '' } as const

/** One property in a line or a few: how sure it is, and how that is known. */
export const resultText = (project: Project, result: Result, file: string | null): string => {
  const { property, findings } = result
  const states = findings.reduce((sum, finding) => sum + finding.states, 0)
  const finding = verdictOf(result)
  const head = `${mark(finding)} ${property.name}`
  if (finding === null) return `${head}\n    nothing in the project is about it`
  switch (finding.verdict) {
    case 'proven': return `${head}\n    in all conversations (${states} states)`
    case 'bounded': return `${head}\n    no counterexample in ${states} states: ${boundText(finding)}`
    case 'violated': return [
      head, ...placeAndText(property).map((line) => `    ${line}`),
      ...conversationLines(project, finding.trace).map((line) => `      ${line}`),
      ...(file === null ? [] : [`    written to ${file}`]),
    ].join('\n')
  }
}

const mark = (finding: Finding | null): string => (finding === null ? 'nothing ' : finding.verdict.padEnd(8))
const placeAndText = ({ place, description }: Property): readonly string[] => [`${place.file}:${place.line}:${place.column}${description === null ? '' : ` ${description}`}`]

const boundText = ({ done, depth, stopped, scene }: Extract<Finding, { verdict: 'bounded' }>): string => {
  if (stopped === 'doubt') return `all conversations, but not proven: ${scene.doubts.join('; ')}`
  const shorter = `conversations of up to ${depth} ${depth === 1 ? 'message' : 'messages'} (${reasons[stopped]})`
  return done === 0 ? `all ${shorter}` : `${whole[done - 1] ?? ''}; of the others, ${shorter}`
}

export const summaryText = (results: readonly Result[]): string => {
  const count = (verdict: Finding['verdict']): number => results.filter((result) => verdictOf(result)?.verdict === verdict).length
  const parts = [[count('proven'), 'proven'], [count('bounded'), 'without counterexample'], [count('violated'), 'violated']] as const
  return parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`).join(', ')
}

/** The same for programs. */
export const jsonResult = (project: Project, result: Result, file: string | null): Readonly<Record<string, unknown>> => {
  const { property: { name, place }, findings } = result
  const finding = verdictOf(result)
  const common = { property: name, place, verdict: finding?.verdict ?? 'nothing', states: findings.reduce((sum, each) => sum + each.states, 0) }
  if (finding?.verdict === 'bounded') return { ...common, levels: finding.done, depth: finding.depth, stopped: finding.stopped, doubts: finding.scene.doubts }
  return finding?.verdict === 'violated' ? { ...common, conversation: conversationLines(project, finding.trace), file } : common
}
