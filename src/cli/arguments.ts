import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearest } from '../project/nearest.js'
import type { Command, OptionSpec, OptionValue } from './command.js'

export type Parsed =
  | { readonly kind: 'run'; readonly options: Readonly<Record<string, OptionValue>>; readonly positionals: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string }

const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The options of a command as they are typed: `maxMinutes` is `--max-minutes`. */
export const flagsOf = (command: Command): readonly { readonly key: string; readonly flag: string; readonly spec: OptionSpec }[] =>
  Object.entries(command.options).map(([key, spec]) => ({ key, flag: flagOf(key), spec }))

/** Reads the words after the command's name. Wrong words come back as a sentence, never as an exception. */
export const parseArguments = (command: Command, words: readonly string[]): Parsed => {
  const flags = flagsOf(command)
  const known: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } }
  for (const { flag, spec } of flags) {
    known[flag] = { type: typeof spec.default === 'boolean' ? 'boolean' : 'string', ...(spec.short === undefined ? {} : { short: spec.short }) }
  }
  // parseArgs would take an option of the name `no-encoder` for the refusal of one of the name `encoder`.
  const refusals = new Set(flags.filter(({ flag }) => flag.startsWith('no-')).map(({ flag }) => flag))
  const isRefusal = (word: string): boolean => word.startsWith('--no-') && refusals.has(word.slice('--'.length))
  const { values, positionals, tokens } = parseArgs({ args: words.filter((word) => !isRefusal(word)), options: known, allowPositionals: true, strict: false, tokens: true, allowNegative: true })
  if (values.help === true) return { kind: 'help' }
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    if (known[token.name] === undefined) return { kind: 'wrong', message: unknownOption(command, token.rawName, Object.keys(known)) }
    if (known[token.name]?.type === 'boolean' && token.value !== undefined) {
      return { kind: 'wrong', message: `${token.rawName} takes no value, found '${token.value}'.` }
    }
  }
  const most = command.positionals?.length ?? 0
  const extra = positionals[most]
  if (extra !== undefined && !(command.positionals?.at(-1)?.endsWith('...') ?? false)) {
    return { kind: 'wrong', message: `'${extra}' is one word too many: ${command.name} takes ${most === 0 ? 'options only' : (command.positionals ?? []).join(' ')}.` }
  }
  const options: Record<string, OptionValue> = {}
  for (const { key, flag, spec } of flags) {
    const value = valueOf(flag, spec, words.includes(`--${flag}`) && refusals.has(flag) ? true : values[flag])
    if ('wrong' in value) return { kind: 'wrong', message: value.wrong }
    options[key] = value.value
  }
  return { kind: 'run', options, positionals }
}

const unknownOption = (command: Command, rawName: string, known: readonly string[]): string => {
  const close = nearest(rawName.replace(/^-+/, ''), known)
  return `${command.name} has no option ${rawName}.${close === null ? '' : ` Did you mean --${close}?`}`
}

const valueOf = (flag: string, spec: OptionSpec, given: unknown): { readonly value: OptionValue } | { readonly wrong: string } => {
  if (given === undefined) return { value: spec.default }
  if (typeof spec.default === 'boolean') return { value: given === true }
  if (typeof given !== 'string') return { wrong: `--${flag} needs a value: --${flag} ${spec.value ?? 'VALUE'}.` }
  if (typeof spec.default === 'string') return { value: given }
  const number = Number(given)
  if (given.trim() === '' || !Number.isFinite(number)) return { wrong: `--${flag} needs a number, found '${given}'.` }
  return { value: number }
}
