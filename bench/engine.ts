/**
 * What a turn costs in the core: commands -> events -> tracker -> response texts, without model, store and HTTP. Beside it
 * XState v5 over the same flat machine, and the same turns late in long conversations. Run: npm run bench:engine [-- --turns 100000]
 */
import { parseArgs } from 'node:util'
import { assign, createActor, createMachine } from 'xstate'
import { step } from '../src/dialogue/engine.js'
import type { TrackerEvent } from '../src/dialogue/events.js'
import type { Outcome } from '../src/dialogue/outcome.js'
import { startSession } from '../src/dialogue/session.js'
import { emptyTracker, foldDraft, type Tracker } from '../src/dialogue/tracker.js'
import { readProject } from '../src/project/load.js'
import type { Project } from '../src/project/types.js'
import { render } from '../src/respond/render.js'
import { amountAt, asked, commandAt, files, length, limit, questions } from './order.js'
import { medianOf, spent, type Spent } from './spent.js'

const { values: given } = parseArgs({ options: { turns: { type: 'string', default: '20000' }, runs: { type: 'string', default: '25' } } })
const turns = Number(given.turns)
const runs = Number(given.runs)

/** The order, in a domain with so many slots of other flows. */
const loaded = (slots: number): Project => {
  const others = `slots:\n${Array.from({ length: slots }, (_, at) => `  other_${at}: {type: text}\n`).join('')}`
  const { project, problems } = readProject('/bench', slots === 0 ? files : new Map([...files, ['domain/others.yml', others]]))
  if (project === null) throw new Error(`the order does not load: ${JSON.stringify(problems[0])}`)
  return project
}

type Conversation = { readonly say: (turn: number) => void; readonly amounts: () => readonly unknown[] }

const first = (): number => 0

/** Folds what the engine gave and renders where it speaks, as the assistant does. */
const followed = (project: Project, before: Tracker, { events, effects }: Outcome): Tracker => {
  let tracker = before
  let waiting: TrackerEvent[] = []
  let from = 0
  for (const effect of effects) {
    if (effect.effect !== 'say') throw new Error(`an order has nothing to ${effect.effect}`)
    waiting.push(...events.slice(from, effect.at))
    from = effect.at
    tracker = foldDraft(tracker, waiting)
    const { response, context, variables } = effect
    const { message, fault } = render(project, response, { slots: tracker.slots, context, variables, channel: 'rest', language: null }, first)
    if (fault !== null) throw new Error(fault)
    waiting = [{ event: 'bot', ...message }]
  }
  return foldDraft(tracker, [...waiting, ...events.slice(from)])
}

const opened = (project: Project): Tracker => followed(project, emptyTracker(project), startSession(project, emptyTracker(project)))

const turned = (project: Project, tracker: Tracker, turn: number): Tracker => {
  const commands = [commandAt(turn)]
  const heard = foldDraft(tracker, [{ event: 'user', text: 'so many', parse_data: { commands } }])
  return followed(project, heard, step(project, heard, commands))
}

const attuneOrder = (project: Project, start: Tracker): Conversation => {
  let tracker = start
  return {
    say: (turn) => { tracker = turned(project, tracker, turn) },
    amounts: () => asked.map((at) => tracker.slots.get(`amount_${at}`)),
  }
}

type Said = { readonly type: 'start' } | { readonly type: 'set'; readonly amount: number }
type Context = { readonly amounts: Readonly<Record<string, number>>; readonly isLarge: boolean }

/** One state per question, a guard for the branch, and a flag in the context instead of the remark. */
const machine = createMachine({
  types: {} as { context: Context; events: Said },
  initial: 'idle',
  context: { amounts: {}, isLarge: false },
  states: {
    idle: { on: { start: { target: 'ask_0', actions: assign({ amounts: {}, isLarge: false }) } } },
    ...Object.fromEntries(asked.map((at) => {
      const target = at + 1 < questions ? `ask_${at + 1}` : 'idle'
      const amounts = ({ context, event }: { readonly context: Context; readonly event: Said }): Context['amounts'] =>
        ({ ...context.amounts, [`amount_${at}`]: event.type === 'set' ? event.amount : 0 })
      const isLarge = ({ event }: { readonly event: Said }): boolean => event.type === 'set' && event.amount > limit
      return [`ask_${at}`, { on: { set: [{ guard: isLarge, target, actions: assign({ amounts, isLarge: true }) }, { target, actions: assign({ amounts, isLarge: false }) }] } }]
    })),
  },
})

const xstateOrder = (): Conversation => {
  const actor = createActor(machine).start()
  return {
    say: (turn) => {
      actor.send(turn % length === 0 ? { type: 'start' } : { type: 'set', amount: amountAt(turn) })
      actor.getSnapshot()
    },
    amounts: () => asked.map((at) => actor.getSnapshot().context.amounts[`amount_${at}`]),
  }
}

/** So many turns, a new conversation after every hundredth order. */
const talk = (open: () => Conversation): Promise<Spent> => spent(() => {
  for (let turn = 0; turn < turns;) {
    const { say } = open()
    for (const end = Math.min(turns, turn + 100 * length); turn < end; turn += 1) say(turn)
  }
})

/** Medians of several runs and the least wall time, what a core does when nobody disturbs it. */
type Cost = { readonly median: Spent; readonly fastest: number }

/** The contenders take their runs by turns so that a busy machine is busy for all; the first round warms up. */
const compared = async (contenders: readonly (() => Promise<Spent>)[]): Promise<readonly Cost[]> => {
  const all: Spent[][] = contenders.map(() => [])
  for (let run = 0; run <= runs; run += 1) for (const [at, contender] of contenders.entries()) {
    const cost = await contender()
    if (run > 0) all[at]?.push(cost)
  }
  return all.map((costs) => ({ median: medianOf(costs), fastest: Math.min(...costs.map(({ wall }) => wall)) }))
}

const perSecond = (count: number, milliseconds: number): string => Math.round((count / milliseconds) * 1_000).toLocaleString('en')
const columns = '| turns/s | in the fastest run | of processor time | processor time per turn, us |\n|---|--:|--:|--:|--:|'
const row = (name: string, count: number, { median: { wall, cpu }, fastest }: Cost): void =>
  console.log(`| ${name} | ${perSecond(count, wall)} | ${perSecond(count, fastest)} | ${perSecond(count, cpu)} | ${((cpu / count) * 1_000).toFixed(1)} |`)

const project = loaded(0)
const empty = opened(project)
const large = loaded(3_000)
const emptyLarge = opened(large)
const [ours, theirs] = [attuneOrder(project, empty), xstateOrder()]
for (let turn = 0; turn < length - 1; turn += 1) for (const { say } of [ours, theirs]) say(turn)
if (JSON.stringify(ours.amounts()) !== JSON.stringify(theirs.amounts())) throw new Error('the two machines do not do the same')

console.log(`An order of ${questions} questions; each turn fills one slot and takes a branch, and a new order begins after the last. ${turns.toLocaleString('en')} turns, the median of ${runs} runs after one to warm up, one core.`)
console.log('Per turn attune cleans the command, runs the flow and the patterns around it, writes the events as they are stored, folds them, and renders every response. XState checks a guard, assigns and makes a snapshot; it has no events to replay, no clean-up, no correction or interruption to be ready for, and no text to render.')
console.log(`\n| ${columns}`)
const [attune, inLarge, xstate] = await compared([() => talk(() => attuneOrder(project, empty)), () => talk(() => attuneOrder(large, emptyLarge)), () => talk(xstateOrder)])
if (attune === undefined || inLarge === undefined || xstate === undefined) throw new Error('a contender is missing')
row('attune, the whole core', turns, attune)
row('attune, in a domain of 3,000 slots', turns, inLarge)
row('XState 5, `actor.send` and its snapshot', turns, xstate)

console.log(`\nThe same turns, begun at a certain length of the conversation:\n\n| events so far ${columns}`)
const grown = (events: number): Tracker => {
  let tracker = empty
  for (let turn = 0; tracker.sequence < events || turn % length !== 0; turn += 1) tracker = turned(project, tracker, turn)
  return tracker
}
const lengths = [10, 1_000, 10_000]
const costs = await compared(lengths.map((events) => {
  const start = grown(events)
  return () => spent(() => {
    for (let done = 0; done < turns; done += length) {
      const { say } = attuneOrder(project, start)
      for (let turn = 0; turn < length; turn += 1) say(turn)
    }
  })
}))
costs.forEach((cost, at) => row((lengths[at] ?? 0).toLocaleString('en'), Math.ceil(turns / length) * length, cost))
