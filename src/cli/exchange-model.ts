import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { Project } from '../project/types.js'
import type { ServerModel } from '../server/route.js'
import type { ExchangeableModel } from '../understand/exchangeable.js'
import type { Io } from './command.js'
import { isNluOnly } from './nlu.js'
import type { FindServedModel, Ready } from './served-model.js'

/** A request named a model that a server may not open. */
export class ModelRefused extends Error {
  override readonly name = 'ModelRefused'
}

/**
 * The real path of a model that a request names, from the root of the project on. Whoever may call the server must not learn about, or open,
 * anything outside the project, whatever links say: what is not there and what is elsewhere are refused in the same words. Throws ModelRefused.
 */
const folderIn = async ({ root }: Pick<Project, 'root'>, given: string): Promise<string> => {
  const top = await realpath(root)
  const found = given.includes('\0') ? null : await realpath(resolve(top, given)).catch(() => null)
  if (found === null || !found.startsWith(top.endsWith(sep) ? top : top + sep)) {
    throw new ModelRefused('The project has no such folder. Name one from the root of the project on, such as .attune/models/NAME; attune runs lists them.')
  }
  return found
}

/** What PUT and DELETE /model do to the model of a server: it takes what `--model` takes, as far as it lies in the project. */
export const exchangesOf = (model: ExchangeableModel, find: FindServedModel, ready: Ready, io: Io): ServerModel => ({
  get loaded() { return model.loaded },
  load: (given) => model.load(async () => {
    if (isNluOnly(ready.project)) throw new ModelRefused('This project has no language model that could be exchanged. Start the server again after attune train.')
    const found = await find(ready, io, await folderIn(ready.project, given))
    if (found === null) throw new ModelRefused('config.yml names a model in a wrong way; the output of the server shows where.')
    return found
  }),
  unload: () => model.unload(),
})
