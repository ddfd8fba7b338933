import type { Project, Property, SlotValue } from '../project/types.js'
import type { Move, Trace } from './explore.js'
import type { Message } from './messages.js'
import type { ActionEnd, Said } from './turn.js'

export const wordsOf = (message: Message): string => ('text' in message ? message.text : message.lines.join(', '))

/** The conversation as people read it: what is said, which responses and actions follow. */
export const conversationLines = (project: Project, { begins, moves }: Trace): readonly string[] => [
  ...begins.filter(([slot, value]) => project.slots.get(slot)?.initialValue !== value).map((filling) => `begins with ${fillingText(filling)}`),
  ...moves.flatMap(({ message, said }) => [`user: ${wordsOf(message)}`, ...said.map((each) => saidLine(project, each))]),
]

const saidLine = (project: Project, said: Said): string => {
  if ('action' in said) return `      ${endText(said)}`
  const text = project.responses.get(said.response)?.[0]?.text
  return `bot:  ${said.response}${text == null ? '' : `  ${JSON.stringify(text)}`}`
}
const fillingText = ([slot, value]: readonly [string, SlotValue]): string => `${slot} = ${JSON.stringify(value)}`
const endText = ({ action, filling }: ActionEnd): string => {
  if (filling === null) return `${action} fails`
  return filling.length === 0 ? `${action} runs` : `${action} sets ${filling.map(fillingText).join(', ')}`
}

/**
 * The conversation as an end-to-end test in the scripted format. It fails as long as the property does not hold, and passes once the
 * mistake is mended: then it may stay among the tests.
 */
export const counterexampleFile = (project: Project, property: Property, trace: Trace): string => {
  const { file, line } = property.place
  const begins = trace.begins.filter(([slot, value]) => project.slots.get(slot)?.initialValue !== value)
  const stubs = stubsOf([...trace.opening, ...trace.moves.flatMap(({ ends }) => ends)])
  return [
    `# Found by attune prove: "${property.name}" (${file}:${line}) does not hold.`,
    ...(begins.length === 0 ? [] : ['fixtures:', '  - begins:', ...begins.map(([slot, value]) => `      - ${slot}: ${JSON.stringify(value)}`)]),
    ...(stubs.size === 0 ? [] : ['stub_custom_actions:', ...[...stubs].flatMap(([action, answers]) => [`  ${action}:`, ...answers.map((answer) => `    - ${answer}`)])]),
    'test_cases:',
    `  - test_case: ${JSON.stringify(property.name)}`,
    ...(begins.length === 0 ? [] : ['    fixtures: [begins]']),
    '    steps:',
    ...trace.moves.flatMap((move, at) => stepLines(move, at === trace.moves.length - 1 ? assertionOf(property, trace) : null)),
    '',
  ].join('\n')
}

/** Each run of an action gets its own answer, in order. */
const stubsOf = (ends: readonly ActionEnd[]): ReadonlyMap<string, readonly string[]> => {
  const stubs = new Map<string, string[]>()
  for (const { action, filling } of ends) {
    // Without a stub the knowledge is asked, which has no answer to the words of a command.
    if (action === 'action_trigger_search' && filling === null) continue
    stubs.set(action, [...stubs.get(action) ?? [], filling === null ? '{fails: true}' : `{events: [${filling.map(eventText).join(', ')}]}`])
  }
  return stubs
}
const eventText = ([slot, value]: readonly [string, SlotValue]): string => `{event: slot, name: ${slot}, value: ${JSON.stringify(value)}}`

const stepLines = ({ message }: Move, assertion: string | null): readonly string[] => [
  `      - user: ${JSON.stringify(wordsOf(message))}`,
  ...('lines' in message ? [`        commands: [${message.lines.map((line) => JSON.stringify(line)).join(', ')}]`] : []),
  ...(assertion === null ? [] : ['        assertions:', `          - ${assertion}`]),
]

const assertionOf = ({ name, rule }: Property, { cancelled }: Trace): string =>
  rule.kind === 'every_flow' ? `flow_cancelled: {flow_id: ${cancelled ?? ''}}` : `property_holds: ${JSON.stringify(name)}`
