import { Ajv } from 'ajv'
import { readJsonLines } from './json-lines.js'

/** What one side said or did. Calls are the agent's; results answer them. */
export type TranscriptTurn =
  | { readonly from: 'user'; readonly text: string }
  | { readonly from: 'agent'; readonly text: string; readonly action: string | null }
  | { readonly from: 'call'; readonly flow: string; readonly slots: Readonly<Record<string, string>> }
  | { readonly from: 'result'; readonly fields: Readonly<Record<string, unknown>> }

/** A conversation between a user and a person who played the assistant. */
export type Transcript = { readonly id: string; readonly tasks: readonly string[]; readonly turns: readonly TranscriptTurn[] }

type Row = {
  readonly id: string | number
  readonly tasks: readonly string[]
  readonly turns: readonly {
    readonly from: 'user' | 'agent' | 'api'
    readonly text?: string
    readonly action?: string
    readonly query?: string
    readonly constraints?: Readonly<Record<string, string>>
    readonly item?: Readonly<Record<string, unknown>> | null
  }[]
}

const turn = {
  type: 'object',
  required: ['from'],
  properties: { from: { enum: ['user', 'agent', 'api'] }, text: { type: 'string' }, action: { type: 'string' }, query: { type: 'string' }, constraints: { type: 'object', additionalProperties: { type: 'string' } } },
  allOf: [
    { if: { required: ['query'] }, then: { required: ['constraints'] }, else: { if: { properties: { from: { enum: ['user', 'agent'] } } }, then: { required: ['text'] } } },
  ],
}

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<Row>({
  type: 'object',
  required: ['id', 'tasks', 'turns'],
  properties: { id: { type: ['string', 'integer'] }, tasks: { type: 'array', items: { type: 'string' } }, turns: { type: 'array', items: turn } },
})

/** Reads transcripts in the format of STAR (Mosig et al. 2020, arXiv 2010.11853) as JSON lines. Throws BadDataFile, or the system's error where there is no file. */
export const readTranscripts = async (file: string): Promise<readonly Transcript[]> =>
  (await readJsonLines(file, validate, 'Each line is one conversation: {"id": 1, "tasks": ["weather"], "turns": [{"from": "user", "text": "..."}, {"from": "agent", "query": "weather", "constraints": {"Day": "\\"Friday\\""}}]}.'))
    .map(({ row: { id, tasks, turns } }) => ({ id: String(id), tasks, turns: turns.map(turnOf) }))

const turnOf = ({ from, text = '', action, query, constraints = {}, item }: Row['turns'][number]): TranscriptTurn => {
  if (from === 'api') return { from: 'result', fields: item ?? {} }
  if (query !== undefined) return { from: 'call', flow: query, slots: valuesOf(constraints) }
  return from === 'user' ? { from, text } : { from, text, action: action ?? null }
}

/** Slots that hold something, as texts: `"Friday"` and `api.is_equal_to("Friday")` are Friday, a list is its entries with commas between. */
const valuesOf = (constraints: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const entries = Object.entries(constraints).map(([slot, written]): [string, string] => [slot, valueOf(written)])
  return Object.fromEntries(entries.filter(([, value]) => value !== ''))
}

const valueOf = (written: string): string => {
  const bare = (/^\s*api\.\w+\(([^]*)\)\s*$/.exec(written)?.[1] ?? written).trim()
  if (bare === 'null') return ''
  if (!/^["[]/.test(bare)) return bare // numbers keep the zeros before them
  try {
    const value: unknown = JSON.parse(bare)
    return Array.isArray(value) ? value.map(String).sort().join(', ') : String(value).trim()
  } catch {
    return bare
  }
}

/** Values are the same where their letters and digits are. */
export const sameAs = (value: string): string => value.toLowerCase().match(/[\p{L}\p{N}]+/gu)?.join(' ') ?? value.trim()

/** What the slots of a flow held when it was last called. */
export type Known = { readonly flow: string; readonly slots: Readonly<Record<string, string>> }

/** A place of a conversation where the assistant must know what it is about: `before` is what was said and done up to there. */
export type ReadingPlace = {
  readonly before: readonly TranscriptTurn[]
  /** What was known from earlier calls, the newest first. */
  readonly known: readonly Known[]
  readonly flow: string
  /** What the slots of the flow hold where it is called; null where a request was just made, and nothing is called yet. */
  readonly slots: Readonly<Record<string, string>> | null
}

/** The places of a transcript: each call, and the first request of a conversation that is about one task only. */
export const placesOf = ({ tasks, turns }: Transcript): readonly ReadingPlace[] => {
  const places: ReadingPlace[] = []
  const answered = turns.findIndex((turn) => turn.from === 'call' || (turn.from === 'agent' && turn.action !== 'hello'))
  const [task, ...more] = tasks
  const isAsked = turns.slice(0, answered).some(({ from }) => from === 'user')
  if (task !== undefined && more.length === 0 && isAsked) places.push({ before: turns.slice(0, answered), known: [], flow: task, slots: null })
  let known: readonly Known[] = []
  for (const [at, turn] of turns.entries()) {
    if (turn.from !== 'call') continue
    places.push({ before: turns.slice(0, at), known, flow: turn.flow, slots: turn.slots })
    known = knownAfter(known, turn)
  }
  return places
}

/** With a further call, which takes the place of an earlier one of the same flow. */
export const knownAfter = (known: readonly Known[], { flow, slots }: Known): readonly Known[] => [{ flow, slots }, ...known.filter((earlier) => earlier.flow !== flow)]

/** Without those that say the same as the one before them: people press a button twice. */
export const withoutRepeats = (places: readonly ReadingPlace[]): readonly ReadingPlace[] => {
  const said = (place: ReadingPlace | undefined): string =>
    place === undefined ? '' : JSON.stringify([place.flow, place.slots, place.before.filter(({ from }) => from === 'user').length])
  return places.filter((place, at) => said(place) !== said(places[at - 1]))
}
