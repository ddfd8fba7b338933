import { AssistantStopping } from '../../assistant/errors.js'
import { whereOf } from '../../assistant/log.js'
import { RequestRefused } from '../failure.js'
import { route, routeWithBody } from '../route.js'
import { anything } from '../schemas.js'

type Body = { readonly model_file?: string | null; readonly model_server?: unknown; readonly remote_storage?: unknown }

const folderOf = ({ model_file, model_server, remote_storage }: Body): string => {
  const elsewhere = (model_server ?? null) !== null ? 'model_server' : (remote_storage ?? null) !== null ? 'remote_storage' : null
  if (elsewhere !== null) {
    throw new RequestRefused(400, 'NotSupported', `Models are not fetched from elsewhere ("${elsewhere}"): put the folder of the model below the project, and name it as "model_file".`, { field: elsewhere })
  }
  if (model_file == null) throw new RequestRefused(400, 'BadRequest', 'The request body needs the field "model_file".', { field: 'model_file' })
  return model_file
}

/**
 * PUT /model (calm-spec 11.4): another trained model of the project answers from now on. Turns under way end with the old one, which goes
 * on serving where the new one cannot be opened.
 */
export const putModel = routeWithBody<Body>({
  method: 'put', path: '/model', operation: 'replaceModel', summary: 'Serve another trained model, without a restart',
  body: {
    type: 'object', properties: {
      model_file: { type: ['string', 'null'], minLength: 1, maxLength: 1_024, description: 'Folder of the model, from the root of the project on, such as .attune/models/NAME; nothing outside the project is opened' },
      model_server: { ...anything, description: 'Refused: models are read from folders' }, remote_storage: { ...anything, description: 'Refused: models are read from folders' },
    },
  },
  answers: { 204: { description: 'It serves' }, 413: { description: 'The body is too large' }, 503: { description: 'The server is stopping' } },
  handle: ({ assistant, model, log }) => async (context, body) => {
    const folder = folderOf(body)
    if (assistant.isStopping) throw new AssistantStopping()
    try {
      await model.load(folder)
    } catch (error) {
      log({ level: 'warn', event: 'model-not-loaded', serving: model.loaded?.version ?? null, ...whereOf(error) })
      throw new RequestRefused(400, 'ModelNotLoaded', `The model cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { field: 'model_file' })
    }
    log({ level: 'info', event: 'model-loaded', model: model.loaded?.version ?? null })
    return context.body(null, 204)
  },
})

/** DELETE /model: messages that need the model are answered as when it fails; rules, buttons and slash commands still work. */
export const deleteModel = route({
  method: 'delete', path: '/model', operation: 'unloadModel', summary: 'Serve without a model until PUT /model loads one',
  answers: { 204: { description: 'No model is loaded' } },
  handle: ({ model, log }) => async (context) => {
    await model.unload()
    log({ level: 'info', event: 'model-unloaded' })
    return context.body(null, 204)
  },
})
