// `attune models try` in a process of its own, which starts itself again for each base model. Arguments: words after `attune`.
import { parseArguments } from '../../src/cli/arguments.js'
import { modelsCommand } from '../../src/cli/try-models.js'

const command = modelsCommand(() => [process.execPath, process.argv[1] ?? ''])
const parsed = parseArguments(command, process.argv.slice(3))
if (parsed.kind !== 'run') throw new Error(parsed.kind)
process.exitCode = await command.run(parsed.options as Parameters<typeof command.run>[0], {
  out: (text) => void process.stdout.write(text), err: (text) => void process.stderr.write(text),
  isTty: false, colour: false, cwd: process.cwd(), env: process.env, signal: new AbortController().signal,
}, parsed.positionals)
