import type { Command } from '../dialogue/commands.js'
import { isDeclared } from '../dialogue/coercion.js'
import { readCommands, writeCommands } from '../dialogue/command-text.js'
import { caution, mistake, type Problem } from '../project/problem.js'
import type { Project, SlotValue } from '../project/types.js'
import { entriesOf, get, itemsOf, keyAt, placeOf, valueOf, type MapNode, type YamlNode } from '../project/yaml-node.js'
import { parseYaml } from '../project/yaml.js'
import { readAssertion, readChecks } from './check-kinds.js'
import type { Check, CheckName, CheckReading } from './check.js'
import { asList, asMap, asText, checkKeys, readResponse } from './read-nodes.js'
import { readFixtures, readStubs, type Fixtures } from './read-surroundings.js'
import type { Fixture, TestCase, TestTurn, UserStep } from './test-case.js'

export type TestFile = { readonly cases: readonly TestCase[]; readonly problems: readonly Problem[] }

/** Keys of a step of the older form, and the check each one is. */
const olderSteps: Readonly<Record<string, CheckName>> = {
  bot: 'bot_said', utter: 'bot_uttered', slot_was_set: 'slot_was_set', slot_was_not_set: 'slot_was_not_set',
}
const userKeys = ['user', 'commands', 'assertions', 'assertion_order_enabled', 'metadata']
const topKeys = ['test_cases', 'fixtures', 'metadata', 'stub_custom_actions', 'version']

/**
 * Reads a file of conversations in Rasa's e2e format, with our extra key `commands`. `inherited` are the fixtures of the
 * conftest files above it. Mistakes come back with their places; a case with a mistake is left out.
 */
export const readTestFile = (project: Project, file: string, text: string, inherited: Fixtures = new Map()): TestFile => {
  const { root, problems: syntax } = parseYaml(file, text)
  const problems = [...syntax]
  const report = (problem: Problem): void => void problems.push(problem)
  if (root === null) {
    if (problems.length === 0) report({ code: 'empty', severity: 'error', message: 'This test file is empty.', place: { file, line: 1, column: 1 }, expected: 'test_cases: a list of conversations' })
    return { cases: [], problems }
  }
  const top = asMap(root, 'A test file', report)
  if (top === null) return { cases: [], problems }
  checkKeys(top, topKeys, 'a test file', report)
  const reading: CheckReading = { project, report }
  const fixtures = new Map([...inherited, ...readFixtures(get(top, 'fixtures'), reading)])
  const metadata = readMetadata(get(top, 'metadata'), reading)
  const stubs = readStubs(get(top, 'stub_custom_actions'), reading)
  const listed = get(top, 'test_cases')
  if (listed === null) report(mistake(top, 'missing-key', 'A test file needs the key "test_cases".', { expected: 'test_cases: a list of conversations' }))
  const names = new Set<string>()
  const cases = (listed === null ? [] : asList(listed, '"test_cases"', report)).flatMap((node) => {
    const before = problems.length
    const testCase = readCase(node, file, { reading, fixtures, metadata, stubs, names })
    return testCase !== null && problems.slice(before).every(({ severity }) => severity === 'warning') ? [testCase] : []
  })
  return { cases, problems }
}

type Metadata = ReadonlyMap<string, Readonly<Record<string, SlotValue>>>
type Surroundings = {
  readonly reading: CheckReading
  readonly fixtures: Fixtures
  readonly metadata: Metadata
  readonly stubs: (testCase: string) => TestCase['stubs']
  readonly names: Set<string>
}

const readMetadata = (node: YamlNode | null, { report }: CheckReading): Metadata =>
  new Map((node === null ? [] : asList(node, '"metadata"', report)).flatMap((item) => entriesOf(item)).flatMap(({ key, value }) => {
    const map = asMap(value, `The metadata "${key.name}"`, report)
    return map === null ? [] : [[key.name, valueOf(map) as Readonly<Record<string, SlotValue>>] as const]
  }))

const readCase = (node: YamlNode, file: string, surroundings: Surroundings): TestCase | null => {
  const { reading, names } = surroundings
  const { report } = reading
  const map = asMap(node, 'A test case', report)
  if (map === null) return null
  checkKeys(map, ['test_case', 'steps', 'fixtures', 'metadata'], 'a test case', report)
  const name = asText(get(map, 'test_case'), 'The name of a test case', report)
  const listed = get(map, 'steps')
  if (name === null || listed === null) {
    report(mistake(keyAt(map, 'test_case'), 'missing-key', `A test case needs the key "${name === null ? 'test_case' : 'steps'}".`, { expected: 'test_case: its name, and steps: a list' }))
    return null
  }
  if (names.has(name)) report(mistake(get(map, 'test_case'), 'duplicate-test-case', `The test case "${name}" stands twice in this file.`, { suggestion: 'rename one of them' }))
  names.add(name)
  const steps = asList(listed, '"steps"', report)
  if (steps.length === 0) report(mistake(listed, 'empty', 'This test case has no steps.', { expected: '- user: what somebody says' }))
  return {
    name, file, place: placeOf(map),
    fixtures: fixturesOf(get(map, 'fixtures'), surroundings),
    turns: turnsOf(steps, metadataOf(get(map, 'metadata'), surroundings), surroundings),
    stubs: surroundings.stubs(name),
  }
}

/** The named ones; a later one goes over an earlier one. */
const named = <T>(node: YamlNode | null, known: ReadonlyMap<string, T>, what: string, { reading: { report } }: Surroundings): readonly T[] =>
  (node === null ? [] : node.kind === 'list' ? itemsOf(node) : [node]).flatMap((item) => {
    const name = asText(item, `A ${what}`, report)
    const found = name === null ? undefined : known.get(name)
    if (name !== null && found === undefined) report(mistake(item, `unknown-${what}`, `There is no ${what} "${name}".`, { found: name, expected: [...known.keys()].join(', ') || `a ${what} of this file` }))
    return found === undefined ? [] : [found]
  })
const fixturesOf = (node: YamlNode | null, surroundings: Surroundings): readonly Fixture[] => [
  ...new Map(named(node, surroundings.fixtures, 'fixture', surroundings).flat().map((fixture) => [fixture.slot, fixture] as const)).values(),
]
const metadataOf = (node: YamlNode | null, surroundings: Surroundings): Readonly<Record<string, SlotValue>> =>
  Object.assign({}, ...named(node, surroundings.metadata, 'metadata', surroundings)) as Readonly<Record<string, SlotValue>>

/** Gathers the steps after each message into one turn. */
const turnsOf = (steps: readonly YamlNode[], metadata: Readonly<Record<string, SlotValue>>, surroundings: Surroundings): readonly TestTurn[] => {
  const { report } = surroundings.reading
  const isAsserting = steps.some((step) => get(step, 'assertions') !== null)
  const turns: { user: UserStep | null; checks: Check[]; ordered: boolean; place: TestTurn['place'] }[] = []
  for (const step of steps) {
    const map = asMap(step, 'A step', report)
    if (map === null) continue
    if (map.entries.has('user')) {
      checkKeys(map, userKeys, 'a user step', report)
      turns.push({ user: userStep(map, metadata, surroundings), checks: [...assertionsOf(map, surroundings)], ordered: flag(map, 'assertion_order_enabled'), place: placeOf(map) })
      continue
    }
    const checks = olderChecks(map, surroundings.reading)
    if (isAsserting) {
      report(caution(step, 'ignored-step', 'Steps of this form are ignored in a test case that has assertions.', { suggestion: 'write it as an assertion of the user step before' }))
      continue
    }
    const turn = turns.at(-1)
    if (turn === undefined) turns.push({ user: null, checks: [...checks], ordered: false, place: placeOf(map) })
    else turn.checks.push(...checks)
  }
  return turns
}

const flag = (node: MapNode, key: string): boolean => {
  const value = get(node, key)
  return value?.kind === 'scalar' && value.value === true
}

const userStep = (node: MapNode, metadata: Readonly<Record<string, SlotValue>>, surroundings: Surroundings): UserStep => ({
  text: asText(get(node, 'user'), 'What the user says', surroundings.reading.report) ?? '',
  commands: commandsOf(get(node, 'commands'), surroundings.reading),
  metadata: { ...metadata, ...metadataOf(get(node, 'metadata'), surroundings) },
  place: placeOf(node),
})

const assertionsOf = (node: MapNode, { reading }: Surroundings): readonly Check[] => {
  const listed = get(node, 'assertions')
  return (listed === null ? [] : asList(listed, '"assertions"', reading.report)).flatMap((item) => {
    const map = asMap(item, 'An assertion', reading.report)
    return map === null ? [] : entriesOf(map).flatMap((entry) => readAssertion(entry, reading))
  })
}

const olderChecks = (node: MapNode, reading: CheckReading): readonly Check[] => {
  checkKeys(node, Object.keys(olderSteps), 'a step', reading.report)
  return entriesOf(node).flatMap((entry) => {
    const kind = olderSteps[entry.key.name]
    if (kind === undefined) return []
    if (kind !== 'bot_uttered') return readChecks(kind, entry, reading)
    const utter = readResponse(entry.value, reading) // `utter: name` is `bot_uttered: {utter_name: name}`
    return utter === null ? [] : [{ kind, place: placeOf(entry.key), utter, text: null, buttons: null }]
  })
}

/** Names of commands in trackers whose line reads otherwise. */
const trackerNames: ReadonlySet<string> = new Set(['chitchat', 'knowledge', 'human handoff', 'repeat bot messages'])

/** The lines under `commands:`, in the syntax in which the model writes them. */
const commandsOf = (node: YamlNode | null, { project, report }: CheckReading): readonly Command[] | null => {
  if (node === null) return null
  return asList(node, '"commands"', report).flatMap((item) => {
    const line = asText(item, 'A command', report)
    if (line === null) return []
    const [command, second] = readCommands(line, (slot, word) => isDeclared(project.slots.get(slot), word))
    if (command === undefined || second !== undefined) {
      const suggestion = trackerNames.has(line) ? writeCommands([{ command: line } as Command]) : null
      report(mistake(item, 'unknown-command', 'This is not one command.', { found: line, expected: 'a line such as "start flow NAME" or "set slot NAME VALUE"', suggestion }))
      return []
    }
    const missing = unknownName(project, command)
    if (missing === null) return [command]
    report(mistake(item, `unknown-${missing.kind}`, `The project has no ${missing.kind} "${missing.name}".`, { found: missing.name }))
    return []
  })
}

const unknownName = (project: Project, command: Command): { readonly kind: 'flow' | 'slot'; readonly name: string } | null => {
  if (command.command === 'set slot' && !project.slots.has(command.name)) return { kind: 'slot', name: command.name }
  const flows = command.command === 'start flow' ? [command.flow] : command.command === 'clarify' ? command.options : []
  const missing = flows.find((flow) => !project.flows.has(flow))
  return missing === undefined ? null : { kind: 'flow', name: missing }
}
