import { flagsOf } from './arguments.js'
import type { Command } from './command.js'

const table = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join('\n')
}

/** `attune --help`. */
export const overview = (version: string, commands: readonly Command[]): string =>
  [
    `attune ${version}: assistants whose business logic is YAML and whose ears are a small model you tune`,
    '',
    'Usage: attune COMMAND [OPTIONS]',
    '',
    'Commands',
    table(commands.map(({ name, summary }) => [name, summary] as const)),
    '',
    'Options',
    table([
      ['-h, --help', 'this text; after a command, the help of that command'],
      ['-v, --version', 'the version'],
    ]),
    '',
    'Start here: attune validate, then attune train, then attune chat.',
    '',
  ].join('\n')

/** `attune COMMAND --help`. */
export const commandHelp = (command: Command): string => {
  const options = flagsOf(command).map(({ flag, spec }) => {
    const short = spec.short === undefined ? '' : `-${spec.short}, `
    const value = typeof spec.default === 'boolean' ? '' : ` ${spec.value ?? 'VALUE'}`
    const standard = spec.default === '' || spec.default === false ? '' : ` (default: ${String(spec.default)})`
    return [`${short}--${flag}${value}`, `${spec.help}${standard}`] as const
  })
  const positionals = (command.positionals ?? []).map((name) => ` [${name}]`).join('')
  return [
    `attune ${command.name}: ${command.summary}`,
    '',
    `Usage: attune ${command.name}${positionals} [OPTIONS]`,
    ...(command.details === undefined ? [] : ['', command.details.trim()]),
    '',
    'Options',
    table([...options, ['-h, --help', 'this text'] as const]),
    '',
  ].join('\n')
}
