import { basename, resolve } from 'node:path'
import type { Sources } from '../project/read-files.js'
import type { Project } from '../project/types.js'
import { written } from '../project/written.js'
import type { FoundModel } from '../understand/exchangeable.js'
import { openOpenAi, type GivenOpenAiOptions } from '../understand/openai.js'
import { serverSection } from '../understand/server-section.js'
import { understanderOf } from '../understand/understand.js'
import type { Io } from './command.js'
import { isConversationModel, openConversationUnderstander } from './conversation-model.js'
import { fetchReport } from './fetch-progress.js'
import { findModel, modelsFolder } from './models.js'
import { findEar, isNluOnly, openWithEar } from './nlu.js'

/** A project that can be served, with the files it was read from. */
export type Ready = { readonly project: Project; readonly sources: Sources }
/** The model that serves a project: what it is called and where it lies at once, itself only when it is needed. */
export type ServedModel = FoundModel
/**
 * `given` is the folder named on the command line, '' where none was. Throws with what to do where there is no model; null where
 * the project names one in a wrong way, which has then been shown.
 */
export type FindServedModel = (ready: Ready, io: Io, given: string) => Promise<ServedModel | null>

/** The folder that is named, which may also hold a model of conversations, else the server that config.yml names, else the tuned model; a base model that is not there yet is fetched first. */
export const findServedModel: FindServedModel = async (ready, io, given) => {
  const choice = given === '' ? serverOf(ready, io) : null
  if (choice === 'wrong') return null
  const fetching = fetchReport(io)
  const folder = resolve(io.cwd, given)
  if (given !== '' && await isConversationModel(folder)) {
    return { version: basename(folder), file: folder, open: () => openConversationUnderstander(folder, { report: fetching.report, signal: io.signal }).finally(fetching.done) }
  }
  try {
    const ear = await findEar(ready.project, fetching.report)
    if (ear !== null && isNluOnly(ready.project)) return { version: ear.version, file: modelsFolder(ready.project), open: () => openWithEar(ear, null) }
    const model = choice === null ? await findModel(ready.project, given === '' ? '' : resolve(io.cwd, given), fetching.report) : serverModel(choice)
    return ear === null ? model : { ...model, version: `${model.version}+${ear.version}`, open: () => openWithEar(ear, model.open) }
  } finally {
    fetching.done()
  }
}

const serverModel = (choice: GivenOpenAiOptions): ServedModel => {
  const model = openOpenAi(choice)
  return { version: model.version, file: choice.server, open: async () => understanderOf(model) }
}

/** The server that config.yml names, null where it names none. What is wrong with it is shown. */
export const serverOf = ({ sources }: Ready, io: Io): GivenOpenAiOptions | null | 'wrong' => {
  const { server, problems } = serverSection(sources, io.env)
  for (const problem of problems) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
  return problems.some(({ severity }) => severity === 'error') ? 'wrong' : server
}
