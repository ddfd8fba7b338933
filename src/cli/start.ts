import { resolve } from 'node:path'
import { loadProject } from '../project/load.js'
import { written } from '../project/written.js'
import { duration } from '../terminal/progress.js'
import { exit, type Command } from './command.js'
import { isNluOnly, trainNluSide } from './nlu.js'
import type { ServeOptions } from './serve.js'
import { serverOf } from './served-model.js'
import { trainProject } from './train-project.js'

type Options = { readonly project: string; readonly port: number; readonly host: string }

/** What `npm start` runs: everything between a fresh clone and an assistant that answers. */
export const startCommand = (serve: Command<ServeOptions>): Command<Options> => ({
  name: 'start',
  summary: 'Set up what is missing, train if anything changed, serve',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    host: { help: 'address to listen on', default: '127.0.0.1', value: 'ADDRESS' },
    port: { help: 'port to listen on, 0 for any free one', default: 5005, value: 'NUMBER' },
  },
  run: async ({ project: folder, host, port }, io) => {
    const defaults = Object.fromEntries(Object.entries(serve.options).map(([name, { default: standard }]) => [name, standard])) as ServeOptions
    const serveOptions = { ...defaults, project: folder, host, port }
    const { project, problems, sources } = await loadProject(resolve(io.cwd, folder), { env: io.env })
    for (const problem of problems) if (problem.severity === 'error') io.err(`${written(problem, sources, { colour: io.colour })}\n`)
    if (project === null) return exit.failed
    await trainNluSide(project, io)
    if (isNluOnly(project)) return serve.run(serveOptions, io, [])
    const server = serverOf({ project, sources }, io)
    if (server === 'wrong') return exit.failed
    if (server !== null) {
      io.out(`config.yml names a model server, so nothing is trained here: ${server.model} at ${server.server} understands.\n`)
      return serve.run(serveOptions, io, [])
    }
    const trained = await trainProject(project, sources, { overrides: {}, withEncoder: true }, io)
    if (trained === null) return exit.failed
    if (trained.outcome.kind === 'stopped') return exit.interrupted
    if (trained.outcome.kind === 'trained') {
      io.out(`Trained in ${duration(trained.outcome.record.seconds)}. attune evaluate measures how much is understood.\n`)
    }
    return serve.run(serveOptions, io, [])
  },
})
