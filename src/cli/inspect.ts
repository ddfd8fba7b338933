import type { Command } from './command.js'
import type { ServeOptions } from './serve.js'

/** `attune serve --inspect` by the name that people look for; conversations are kept in memory unless a file is named. */
export const inspectCommand = (serve: Command<ServeOptions>): Command<ServeOptions> => ({
  ...serve,
  name: 'inspect',
  summary: 'Talk in the browser, and see the flow under way, stack, slots and events',
  details: 'Serves as attune serve does, and shows the inspector at /inspect. With a token, open /inspect?token=TOKEN.\n',
  run: (options, io, positionals) => serve.run({ ...options, inspect: true, ephemeral: options.ephemeral || options.store === '' }, io, positionals),
})
