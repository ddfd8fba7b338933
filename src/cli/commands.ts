import { chat } from './chat.js'
import type { Command } from './command.js'
import { data } from './data.js'
import { evaluateCommand } from './evaluate.js'
import { fetchReport } from './fetch-progress.js'
import { importCommand } from './import.js'
import { init } from './init.js'
import { untunedModel } from './models.js'
import { exportCommand } from './export.js'
import { inspectCommand } from './inspect.js'
import { proveCommand } from './prove.js'
import { serve } from './serve.js'
import { findServedModel } from './served-model.js'
import { startCommand } from './start.js'
import { testCommand } from './test.js'
import { trainCommand } from './train.js'
import { validate } from './validate.js'
import { visualize } from './visualize.js'

const test = testCommand({
  served: findServedModel,
  untuned: (project, io) => untunedModel(project, fetchReport(io).report),
})

/** Every command of the program, in the order in which people meet them. */
export const commands: readonly Command[] = [
  startCommand(serve), init, validate, data, trainCommand, evaluateCommand, serve, chat, inspectCommand(serve), test, proveCommand, visualize, importCommand, exportCommand,
]
