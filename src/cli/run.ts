import { nearest } from '../project/nearest.js'
import { parseArguments } from './arguments.js'
import { exit, type Command, type Io } from './command.js'
import { commandHelp, overview } from './help.js'
import { rasaCommands } from './rasa-commands.js'

/** Finds the command, reads its options, runs it. Every failure ends as a sentence and an exit code. */
export const runProgram = async (commands: readonly Command[], words: readonly string[], version: string, io: Io): Promise<number> => {
  const [name, ...rest] = words
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const wanted = commands.find((command) => command.name === rest[0])
    io.out(wanted === undefined ? overview(version, commands) : commandHelp(wanted))
    return exit.ok
  }
  if (name === '--version' || name === '-v') {
    io.out(`${version}\n`)
    return exit.ok
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (command === undefined) {
    const instead = (rasaCommands as Readonly<Record<string, string>>)[name]
    if (instead !== undefined) {
      io.err(`attune has no command '${name}'. ${instead}\n`)
      return exit.usage
    }
    const close = nearest(name, commands.map((candidate) => candidate.name))
    io.err(`attune has no command '${name}'.${close === null ? '' : ` Did you mean '${close}'?`} See attune --help.\n`)
    return exit.usage
  }
  const parsed = parseArguments(command, rest)
  if (parsed.kind === 'help') {
    io.out(commandHelp(command))
    return exit.ok
  }
  if (parsed.kind === 'wrong') {
    io.err(`${parsed.message} See attune ${command.name} --help.\n`)
    return exit.usage
  }
  try {
    return await command.run(parsed.options, io, parsed.positionals)
  } catch (error) {
    if (io.signal.aborted) {
      io.err('Stopped.\n')
      return exit.interrupted
    }
    io.err(`${sentence(error)}\n${io.env.ATTUNE_DEBUG === undefined ? 'Set ATTUNE_DEBUG=1 to see where this came from.' : stackOf(error)}\n`)
    return exit.failed
  }
}

const sentence = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? '') : '')
