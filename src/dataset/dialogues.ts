import type { IsValue } from '../dialogue/command-kind.js'
import type { Command } from '../dialogue/commands.js'
import { readCommands } from '../dialogue/command-text.js'
import type { Place, SlotValue } from '../project/types.js'
import type { Problem } from '../project/problem.js'
import { entriesOf, get, itemsOf, placeOf, textAt, valueOf, writtenAt, writtenOf, type YamlNode } from '../project/yaml-node.js'
import { parseYaml } from '../project/yaml.js'

/** What a conversation file says about one turn. `commands` is null where nobody wrote down what was meant. */
export type Turn =
  | { readonly who: 'user'; readonly text: string; readonly commands: readonly Command[] | null; readonly place: Place; readonly expected: Expected }
  | { readonly who: 'agent'; readonly text: string; readonly place: Place }
  | { readonly who: 'call'; readonly flow: string; readonly values: ReadonlyMap<string, SlotValue>; readonly place: Place }

/** What a test expects after a message: hints at what the message meant. */
export type Expected = { readonly started: readonly string[]; readonly slots: ReadonlyMap<string, SlotValue>; readonly cancelled: boolean; readonly uttered: readonly string[] }
const nothingExpected: Expected = { started: [], slots: new Map(), cancelled: false, uttered: [] }

export type Dialogue = {
  readonly id: string
  readonly source: 'e2e' | 'transcript'
  /** Kept for measuring: nothing of it is learned. */
  readonly heldOut: boolean
  /** Slots that are filled before the first message. */
  readonly fixtures: ReadonlyMap<string, SlotValue>
  readonly turns: readonly Turn[]
  readonly place: Place
}

/** Where problems go, and what is a value. */
type Reading = { readonly problems: Problem[]; readonly isValue: IsValue }

export type ReadDialogues = { readonly dialogues: readonly Dialogue[]; readonly problems: readonly Problem[] }

/** A file below a folder of this name is never learned from. */
const heldOutFolder = /(^|\/)held_?out(\/|\.)/

/**
 * Reads `transcripts:` and `test_cases:` of files, each by its path from the project's root. `isValue` knows which words for nothing
 * a slot declares as values: there `set slot plan None` means the value.
 */
export const readDialogues = (files: ReadonlyMap<string, string>, isValue: IsValue): ReadDialogues => {
  const dialogues: Dialogue[] = []
  const problems: Problem[] = []
  const reading: Reading = { problems, isValue }
  for (const [file, text] of files) {
    const { root, problems: found } = parseYaml(file, text)
    problems.push(...found)
    dialogues.push(...itemsOf(get(root, 'transcripts')).map((node) => transcript(node, reading)))
    dialogues.push(...itemsOf(get(root, 'test_cases')).map((node) => testCase(node, fixturesOf(root), heldOutFolder.test(file), reading)))
  }
  return { dialogues, problems }
}

const slotsOf = (node: YamlNode | null): ReadonlyMap<string, SlotValue> =>
  new Map([...entriesOf(node), ...itemsOf(node).flatMap(entriesOf)].map(({ key, value }) => [key.name, valueOf(value)]))

const fixturesOf = (root: YamlNode | null): ReadonlyMap<string, ReadonlyMap<string, SlotValue>> =>
  new Map(itemsOf(get(root, 'fixtures')).flatMap(entriesOf).map(({ key, value }) => [key.name, slotsOf(value)]))

const transcript = (node: YamlNode, reading: Reading): Dialogue => ({
  id: writtenAt(node, 'id') ?? '',
  source: 'transcript',
  heldOut: false,
  fixtures: new Map(),
  turns: itemsOf(get(node, 'turns')).flatMap((turn): readonly Turn[] => {
    const place = placeOf(turn)
    const user = writtenAt(turn, 'user')
    if (user !== null) return [{ who: 'user', text: user, commands: commandsAt(turn, reading), place, expected: nothingExpected }]
    const agent = writtenAt(turn, 'agent')
    if (agent !== null) return [{ who: 'agent', text: agent, place }]
    const flow = textAt(turn, 'call')
    if (flow !== null) return [{ who: 'call', flow, values: slotsOf(get(turn, 'with')), place }]
    reading.problems.push({ code: 'unknown-turn', severity: 'warning', message: 'A turn of a transcript is one of user, agent and call.', place, expected: 'user, agent or call' })
    return []
  }),
  place: placeOf(node),
})

/** Rasa's end-to-end test: a user step, and what is expected up to the next one. */
const testCase = (node: YamlNode, fixtures: ReadonlyMap<string, ReadonlyMap<string, SlotValue>>, heldOut: boolean, reading: Reading): Dialogue => {
  const steps = itemsOf(get(node, 'steps'))
  const turns = steps.flatMap((step, index): readonly Turn[] => {
    const text = writtenAt(step, 'user')
    if (text === null) return []
    const following = steps.slice(index + 1)
    const next = following.findIndex((other) => get(other, 'user') !== null)
    const checks = [...itemsOf(get(step, 'assertions')), ...following.slice(0, next === -1 ? undefined : next)]
    return [{ who: 'user', text, commands: commandsAt(step, reading), place: placeOf(step), expected: expectedOf(checks) }]
  })
  const used = [...itemsOf(get(node, 'fixtures')).map(writtenOf), ...(get(node, 'fixtures')?.kind === 'scalar' ? [writtenAt(node, 'fixtures')] : [])]
  return {
    id: writtenAt(node, 'test_case') ?? '', source: 'e2e', heldOut, turns, place: placeOf(node),
    fixtures: new Map(used.flatMap((name) => [...(fixtures.get(name ?? '') ?? [])])),
  }
}

const expectedOf = (checks: readonly YamlNode[]): Expected => {
  const slots = new Map<string, SlotValue>()
  const started: string[] = []
  const uttered: string[] = []
  for (const check of checks) {
    const flow = get(check, 'flow_started')
    const named = writtenOf(flow)
    if (named !== null) started.push(named)
    for (const id of itemsOf(get(flow, 'flow_ids'))) started.push(writtenOf(id) ?? '')
    for (const name of [writtenAt(get(check, 'bot_uttered'), 'utter_name'), writtenAt(check, 'utter')]) if (name !== null) uttered.push(name)
    for (const item of itemsOf(get(check, 'slot_was_set'))) {
      const name = writtenAt(item, 'name')
      if (name !== null && get(item, 'value') !== null) slots.set(name, valueOf(get(item, 'value') ?? item))
      else if (name === null) for (const { key, value } of entriesOf(item)) slots.set(key.name, valueOf(value))
    }
  }
  return { started, slots, uttered, cancelled: checks.some((check) => get(check, 'flow_cancelled') !== null) }
}

/** Names of commands as trackers write them, for those whose line in the compact syntax reads otherwise. */
const plainNames: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['cancel flow', { command: 'cancel flow' }],
  ['chitchat', { command: 'chitchat' }],
  ['knowledge', { command: 'knowledge' }],
  ['human handoff', { command: 'human handoff' }],
  ['repeat bot messages', { command: 'repeat bot messages' }],
  ['skip question', { command: 'skip question' }],
  ['cannot handle', { command: 'cannot handle' }],
])

const commandsAt = (node: YamlNode, { problems, isValue }: Reading): readonly Command[] | null => {
  const listed = get(node, 'commands')
  if (listed === null) return null
  const commands: Command[] = []
  for (const item of listed.kind === 'list' ? listed.items : [listed]) {
    const line = writtenOf(item) ?? ''
    const plain = plainNames.get(line.trim())
    const read = plain === undefined ? readCommands(line, isValue) : [plain]
    if (read.length === 0) {
      problems.push({ code: 'unknown-command', severity: 'warning', message: 'This line is no command.', place: placeOf(item), found: line, expected: 'such as `start flow transfer_money`' })
    }
    commands.push(...read)
  }
  return commands
}
