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

/** What is made of one task: which slot each question fills, and the replies at each turn of the way. */
type Plan = {
  readonly name: string
  readonly responses: Readonly<Record<string, string>>
  /** In the order of the graph. */
  readonly bySlot: ReadonlyMap<string, string>
  /** It checks first, and books after a yes. */
  readonly isTwice: boolean
  readonly good: string | undefined
  readonly bad: string | undefined
  readonly booked: string | undefined
}

const flowOf = (name: string, { graph: { task, graph }, responses }: TaskGraph, kinds: readonly SlotKind[], transcripts: readonly Transcript[]): { readonly flow: Step; readonly domain: Step } => {
  const chain = chainFrom('hello', graph).slice(1)
  const call = chain.find(isCall) ?? 'query'
  const questions = chain.filter((reply) => !isCall(reply) && responses[reply] !== undefined)
  const isTwice = call === 'query_check'
  const good = isTwice ? graph['available'] ?? graph['query_success'] : graph[call] ?? graph['query_success']
  const plan: Plan = {
    name, responses, isTwice, good,
    bySlot: slotsOfQuestions(name, questions, kinds.map(({ slot }) => slot), transcripts),
    bad: graph['unavailable'] ?? graph['query_failure'],
    booked: graph['query_book'] ?? (graph['query_success'] === good ? undefined : graph['query_success']),
  }
  const scope = (responses['out_of_scope'] ?? '').split('. ').at(-1) ?? ''
  return { flow: { name: name.replace(/_/g, ' '), description: `${task.replace(/_/g, ' ')}: ${scope}`.trim(), steps: stepsOf(plan) }, domain: domainOf(plan, kinds) }
}

const stepsOf = ({ name, responses, bySlot, isTwice, good, bad, booked }: Plan): readonly Step[] => {
  const end: Step = { noop: true, next: 'END' }
  /** Replies without words of their own are what somebody else says. */
  const say = (reply: string | undefined): readonly Step[] => (reply === undefined || responses[reply] === undefined ? [] : [{ action: `utter_${name}_${reply}` }])
  const called = (request: string): readonly Step[] => [...(isTwice ? [{ set_slots: [{ [`${name}_RequestType`]: request }] }] : []), { action: `call_${name}` }]
  const confirmed: Step = {
    collect: `${name}_confirmed`,
    next: [{ if: `slots.${name}_confirmed`, then: [...called('Book'), ...say(booked), end] }, { else: [end] }],
  }
  return [
    ...[...bySlot.values()].map((slot) => ({ collect: `${name}_${slot}` })),
    ...called('Check'),
    { noop: true, next: [{ if: `slots.${name}_outcome is "failure"`, then: [...say(bad), end] }, { else: isTwice ? [confirmed] : [...say(good), end] }] },
  ]
}

const domainOf = ({ name, responses, bySlot, isTwice, good, bad, booked }: Plan, kinds: readonly SlotKind[]): Step => {
  const worded = (reply: string): Step[] => [{ text: (responses[reply] ?? '').replace(fields, (_, field: string) => `{${name}_found_${field}}`) }]
  const found = new Set(Object.values(responses).flatMap((text) => [...text.matchAll(fields)].map(([, field = '']) => field)))
  const said = [...(isTwice ? [] : [good]), bad, booked].flatMap((reply) => (reply === undefined || responses[reply] === undefined ? [] : [reply]))
  const slots: readonly (readonly [string, Step])[] = [
    ...[...bySlot.values()].map((slot) => [slot, typeOf(kinds.find((kind) => kind.slot === slot))] as const),
    ...(isTwice ? [['RequestType', { type: 'text' }], ['confirmed', { type: 'bool' }]] as const : []),
    ['outcome', { type: 'categorical', values: ['success', 'failure'], mappings: controlled }],
    ...[...found].map((field) => [`found_${field}`, { type: 'text', mappings: controlled }] as const),
  ]
  const asked: readonly (readonly [string, string])[] = [...[...bySlot].map(([reply, slot]) => [slot, reply] as const), ...(isTwice && good !== undefined ? [['confirmed', good] as const] : [])]
  return {
    actions: [`call_${name}`],
    slots: Object.fromEntries(slots.map(([slot, type]) => [`${name}_${slot}`, type])),
    responses: Object.fromEntries([...asked.map(([slot, reply]) => [`utter_ask_${name}_${slot}`, slot === 'confirmed' ? worded(reply).map((text) => ({ ...text, buttons: yesOrNo(`${name}_confirmed`) })) : worded(reply)] as const), ...said.map((reply) => [`utter_${name}_${reply}`, worded(reply)] as const)]),
  }
}

const yesOrNo = (slot: string): readonly Step[] => [{ title: 'Yes', payload: `/SetSlots(${slot}=true)` }, { title: 'No', payload: `/SetSlots(${slot}=false)` }]

/** `{hotel_name:s}`: what the call finds, beside what was asked for. */
const fields = /\{(\w+)(?::\w+)?\}/g
const controlled = [{ type: 'controlled' }]
/** More values than these are no list to choose from. */
const mostValues = 12

const typeOf = (kind: SlotKind | undefined): Step =>
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
