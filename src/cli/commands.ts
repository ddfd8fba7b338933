import { chat } from './chat.js'
import type { Command } from './command.js'
import { data } from './data.js'
import { evaluateCommand } from './evaluate.js'
import { exportCommand } from './export.js'
import { fetchReport } from './fetch-progress.js'
import { importCommand } from './import.js'
import { init } from './init.js'
import { untunedModel } from './models.js'
import { exportEventsCommand } from './export-events.js'
import { inspectCommand } from './inspect.js'
import { proveCommand } from './prove.js'
import { runsCommand } from './runs.js'
import { serve } from './serve.js'
import { findServedModel } from './served-model.js'
import { startCommand } from './start.js'
import { testCommand } from './test.js'
import { trainCommand } from './train.js'
import { modelsCommand } from './try-models.js'
import { validate } from './validate.js'
import { visualize } from './visualize.js'

const test = testCommand({
  served: findServedModel,
  untuned: (project, io) => untunedModel(project, fetchReport(io).report),
})

/** The program as it was called: node, its own options, and the file that runs. */
const models = modelsCommand(() => [process.execPath, ...process.execArgv, process.argv[1] ?? ''])

/** Every command of the program, in the order in which people meet them. */
export const commands: readonly Command[] = [
  startCommand(serve), init, validate, data, trainCommand, evaluateCommand, exportCommand, runsCommand, models, serve, chat, inspectCommand(serve), test, proveCommand, visualize, importCommand, exportEventsCommand,
]
