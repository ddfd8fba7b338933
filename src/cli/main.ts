#!/usr/bin/env node
import { commands } from './commands.js'
import { runProgram } from './run.js'
import { version } from './version.js'

/** The one place that touches the process: streams, signals and the exit code. */
const interruption = new AbortController()
const interrupt = (): void => {
  // The first Ctrl-C asks politely, so that a checkpoint or a turn is finished; the second one means now.
  if (interruption.signal.aborted) process.exit(130)
  interruption.abort()
}
process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)
// A reader that went away (`attune ... | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const isTty = process.stderr.isTTY && process.stdout.isTTY
process.exitCode = await runProgram(commands, process.argv.slice(2), version(), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTty,
  colour: isTty && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb',
  cwd: process.cwd(),
  env: process.env,
  signal: interruption.signal,
})
