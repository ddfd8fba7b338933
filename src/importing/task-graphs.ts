import { Ajv } from 'ajv'
import { stringify } from 'yaml'
import { placesOf, type Transcript } from '../dataset/transcript.js'
import { slotKindsOf, type SlotKind } from '../dataset/slot-kinds.js'
import type { Sources } from '../project/read-files.js'
import { slotsOfQuestions } from './questions-of-slots.js'

/** A task as STAR writes it (Mosig et al. 2020, arXiv 2010.11853): which reply follows which, and what the replies say. */
export type TaskGraph = {
  readonly graph: { readonly task: string; readonly graph: Readonly<Record<string, string>> }
  readonly responses: Readonly<Record<string, string>>
}
export type TaskGraphs = Readonly<Record<string, TaskGraph>>

const texts = { type: 'object', additionalProperties: { type: 'string' }, required: [] }

/** Whether a JSON value is a set of tasks. */
export const isTaskGraphs = new Ajv().compile<TaskGraphs>({
  type: 'object', minProperties: 1, required: [],
  additionalProperties: {
    type: 'object', required: ['graph', 'responses'],
    properties: { graph: { type: 'object', required: ['task', 'graph'], properties: { task: { type: 'string' }, graph: texts } }, responses: texts },
  },
})

/**
 * An attune project of these tasks: a flow for each, which asks in the order of the graph, calls, and goes on by what the call finds. Transcripts say
 * which slots a call takes, and which of them a question fills; without them the words of a question are the name of its slot. Pure.
 */
export const importTaskGraphs = (tasks: TaskGraphs, transcripts: readonly Transcript[]): Sources => {
  const kinds = slotKindsOf(transcripts.flatMap(placesOf))
  const files = new Map<string, string>([['config.yml', stringify({ recipe: 'default.v1', language: 'en', assistant_id: 'tasks', pipeline: [{ name: 'CompactLLMCommandGenerator' }], policies: [{ name: 'FlowPolicy' }] })]])
  for (const [name, task] of Object.entries(tasks).sort(([left], [right]) => (left < right ? -1 : 1))) {
    const { flow, domain } = flowOf(name, task, kinds.filter((kind) => kind.flow === name), transcripts)
    files.set(`flows/${name}.yml`, stringify({ flows: { [name]: flow } }, { lineWidth: 0 }))
    files.set(`domain/${name}.yml`, stringify(domain, { lineWidth: 0 }))
  }
  return files
}

type Step = Readonly<Record<string, unknown>>
const end = 'END'

const flowOf = (name: string, { graph: { task, graph }, responses }: TaskGraph, kinds: readonly SlotKind[], transcripts: readonly Transcript[]) => {
  const asks = chainFrom('hello', graph).slice(1)
  const call = asks.find(isCall) ?? 'query'
  const questions = asks.slice(0, asks.indexOf(call)).filter((reply) => responses[reply] !== undefined)
  const bySlot = slotsOfQuestions(name, questions, kinds.map(({ slot }) => slot), transcripts)
  const slots = [...bySlot.values()]
  const own = (slot: string): string => `${name}_${slot}`
  /** What a call finds, beside what was asked for. */
  const found = (field: string): string => own(`found_${field}`)
  /** Replies without words of their own are what somebody else says. */
  const say = (reply: string | undefined): readonly Step[] => (reply === undefined || responses[reply] === undefined ? [] : [{ action: `utter_${name}_${reply}` }])
  const outcome = own('outcome')
  const isTwice = call === 'query_check'
  const [good, bad] = isTwice
    ? [graph['available'] ?? graph['query_success'], graph['unavailable'] ?? graph['query_failure']]
    : [graph[call] ?? graph['query_success'], graph['query_failure']]
  const booked = graph['query_book'] ?? (graph['query_success'] === good ? undefined : graph['query_success'])
  const called = (request: string): readonly Step[] => [...(isTwice ? [{ set_slots: [{ [own('RequestType')]: request }] }] : []), { action: `call_${name}` }]
  const refused: Step = { if: `slots.${outcome} is "failure"`, then: [...say(bad), { noop: true, next: end }] }
  const finished: readonly Step[] = [...called('Book'), ...say(booked), { noop: true, next: end }]
  const steps: readonly Step[] = [
    ...[...bySlot].map(([, slot]) => ({ collect: own(slot) })),
    ...called('Check'),
    { noop: true, next: [refused, { else: isTwice ? [{ collect: own('confirmed'), next: [{ if: `slots.${own('confirmed')}`, then: finished }, { else: [{ noop: true, next: end }] }] }] : [...say(good), { noop: true, next: end }] }] },
  ]
  const shown = [...new Set(Object.values(responses).flatMap((text) => [...text.matchAll(/\{(\w+)(?::\w+)?\}/g)].map(([, field = '']) => field)))]
  const used = [...(isTwice ? [] : [good]), bad, booked].flatMap((reply) => (reply === undefined ? [] : [reply]))
  const worded = (reply: string | undefined): readonly { readonly text: string }[] => [{ text: (responses[reply ?? ''] ?? '').replace(/\{(\w+)(?::\w+)?\}/g, (_, field: string) => `{${found(field)}}`) }]
  return {
    flow: { name: name.replace(/_/g, ' '), description: `${task.replace(/_/g, ' ')}: ${(responses['out_of_scope'] ?? '').split('. ').at(-1) ?? ''}`.trim(), steps },
    domain: {
      actions: [`call_${name}`],
      slots: Object.fromEntries([
        ...slots.map((slot) => [own(slot), typeOf(kinds.find((kind) => kind.slot === slot))]),
        ...(isTwice ? [[own('RequestType'), { type: 'text' }], [own('confirmed'), { type: 'bool' }]] : []),
        [outcome, { type: 'categorical', values: ['success', 'failure'], mappings: controlled }],
        ...shown.map((field) => [found(field), { type: 'text', mappings: controlled }]),
      ]),
      responses: Object.fromEntries([
        ...[...bySlot].map(([reply, slot]) => [`utter_ask_${own(slot)}`, worded(reply)]),
        ...(isTwice ? [[`utter_ask_${own('confirmed')}`, worded(good)]] : []),
        ...used.filter((reply) => responses[reply] !== undefined).map((reply) => [`utter_${name}_${reply}`, worded(reply)]),
      ]),
    },
  }
}

const controlled = [{ type: 'controlled' }]
/** More values than these are no list to choose from. */
const mostValues = 12

const typeOf = (kind: SlotKind | undefined): Readonly<Record<string, unknown>> =>
  kind?.kind === 'choice' && kind.values.length <= mostValues ? { type: 'categorical', values: kind.values.filter((value) => !value.includes(', ')) } : { type: 'text' }

const isCall = (reply: string): boolean => reply.startsWith('query')

/** The replies that follow one another, up to the first call or where one comes back. */
const chainFrom = (start: string, graph: Readonly<Record<string, string>>): readonly string[] => {
  const chain = [start]
  for (let next = graph[start]; next !== undefined && !chain.includes(next); next = graph[next]) {
    chain.push(next)
    if (isCall(next)) break
  }
  return chain
}
