import { mistake } from '../../project/problem.js'
import { get, textAt, writtenAt, type YamlNode } from '../../project/yaml-node.js'
import { failed, firstOf, passed, type CheckKind, type CheckReading, type CheckShapes, type EventNamed } from '../check.js'
import { asList, asMap, asText, checkKeys, readResponse } from '../read-nodes.js'

type Utterance = CheckShapes['bot_uttered']
type BotEvent = EventNamed<'bot'>

const readUtterance = (node: YamlNode, reading: CheckReading): readonly Utterance[] => {
  const map = asMap(node, 'What the bot uttered', reading.report)
  if (map === null) return []
  checkKeys(map, ['utter_name', 'text_matches', 'buttons'], 'what the bot uttered', reading.report)
  const pattern = get(map, 'text_matches')
  const text = pattern === null ? null : readPattern(pattern, reading)
  if (pattern !== null && text === null) return []
  const listed = get(map, 'buttons')
  const buttons = listed === null ? null
    : asList(listed, 'The buttons', reading.report).map((button) => ({ title: writtenAt(button, 'title') ?? '', payload: textAt(button, 'payload') ?? '' }))
  const utter = readResponse(get(map, 'utter_name'), reading)
  if (utter === null && text === null && buttons === null) {
    reading.report(mistake(node, 'empty', 'Nothing is demanded of what the bot uttered.', { expected: 'utter_name, text_matches or buttons' }))
    return []
  }
  return [{ utter, text, buttons }]
}

/** Patterns are searched, not matched from the start. Python's `(?i)` at the beginning is understood. */
const readPattern = (node: YamlNode, { report }: CheckReading): RegExp | null => {
  const written = asText(node, 'The pattern', report)
  if (written === null) return null
  const flags = /^\(\?([ims]+)\)/.exec(written)
  try {
    return new RegExp(flags === null ? written : written.slice(flags[0].length), `u${flags?.[1] ?? ''}`)
  } catch (error) {
    report(mistake(node, 'bad-pattern', 'This is no regular expression.', { found: written, expected: error instanceof Error ? error.message : 'a pattern' }))
    return null
  }
}

const fits = ({ utter, text, buttons }: Utterance, event: BotEvent): boolean =>
  (utter === null || event.metadata.utter_action === utter) &&
  (text === null || text.test(event.text ?? '')) &&
  (buttons === null || sameButtons(buttons, event.data.buttons ?? []))

const sameButtons = (wanted: NonNullable<Utterance['buttons']>, actual: NonNullable<Utterance['buttons']>): boolean =>
  wanted.length === actual.length && wanted.every(({ title, payload }, at) => actual[at]?.title === title && (payload === '' || actual[at].payload === payload))

const text = ({ utter, text: pattern, buttons }: Utterance): string => [
  ...(utter === null ? [] : [utter]),
  ...(pattern === null ? [] : [`text matches /${pattern.source}/`]),
  ...(buttons === null ? [] : [`buttons ${buttons.map(({ title }) => title).join(' | ')}`]),
].join(', ')

const botText = ({ text: said, metadata, data }: BotEvent): string =>
  `bot_uttered: ${metadata.utter_action === undefined ? '' : `${metadata.utter_action}, `}${JSON.stringify(said ?? '')}` +
  (data.buttons === undefined ? '' : `, buttons ${data.buttons.map(({ title }) => title).join(' | ')}`)

export const botUttered: CheckKind<CheckShapes['bot_uttered']> = {
  read: readUtterance,
  expected: (check) => `bot_uttered: ${text(check)}`,
  judge: (check, evidence, from) => firstOf(evidence, from, ['bot'], (event) => fits(check, event), botText),
}

export const botDidNotUtter: CheckKind<CheckShapes['bot_did_not_utter']> = {
  read: readUtterance,
  expected: (check) => `bot_did_not_utter: ${text(check)}`,
  judge: (check, { events }, from) => {
    const against = events.filter((event): event is BotEvent => event.event === 'bot' && fits(check, event))
    return against.length === 0 ? passed(from) : failed(against.map(botText))
  },
}

/** The older `bot:` step: the exact text, but for the ends of lines. */
export const botSaid: CheckKind<CheckShapes['bot_said']> = {
  read: (node, { report }) => {
    const said = asText(node, 'What the bot said', report)
    return said === null ? [] : [{ text: said }]
  },
  expected: (check) => `bot: ${JSON.stringify(check.text)}`,
  judge: (check, evidence, from) => firstOf(evidence, from, ['bot'], (event) => (event.text ?? '').trimEnd() === check.text.trimEnd(), botText),
}
