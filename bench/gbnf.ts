import type { LegalCommands } from '../src/dialogue/legal.js'
import type { Slot } from '../src/project/types.js'

/** The legal commands of a state as a grammar for llama.cpp. Values are free where ours are taken from the message: GBNF can do no better cheaply. */
export const gbnfFor = (legal: LegalCommands): string => {
  const slots = new Map([...legal.settable, ...[...legal.settableWith.values()].flatMap((more) => [...more])])
  const plain = ([['cancel', 'cancel flow'], ['skip', 'skip question'], ['repeat', 'repeat message'], ['chitchat', 'offtopic reply'], ['knowledge', 'provide info'], ['handoff', 'hand over']] as const)
    .filter(([flag]) => legal[flag]).map(([, line]) => JSON.stringify(line))
  const lines = [
    ...plain, '"cannot handle"',
    ...(legal.startable.length > 0 ? ['"start flow " flow'] : []),
    ...(legal.clarify ? ['"disambiguate flows " flow " " flow'] : []),
    ...(slots.size > 0 ? ['"set slot " setting'] : []),
  ]
  return [
    'root ::= line ("\\n" line)*',
    `line ::= ${lines.join(' | ')}`,
    ...(legal.startable.length > 0 ? [`flow ::= ${legal.startable.map((flow) => JSON.stringify(flow)).join(' | ')}`] : []),
    ...(slots.size > 0 ? [`setting ::= ${[...slots.values()].map(setting).join(' | ')}`] : []),
    'number ::= "-"? [0-9]+ ("." [0-9]+)?',
    'text ::= [^\\n]+',
  ].join('\n')
}

const setting = ({ name, type, values }: Slot): string => {
  const value = type === 'bool' ? '("true" | "false")' : type === 'float' ? 'number' : type === 'categorical' ? `(${values.map((option) => JSON.stringify(option)).join(' | ')})` : 'text'
  return `${JSON.stringify(`${name} `)} ${value}`
}
