import { RequestRefused } from '../failure.js'
import { route, type Route } from '../route.js'
import { conversationParameter, failure } from '../schemas.js'

const elsewhere = 'Models are trained and tested with attune train, attune evaluate and attune test; the server only serves.'
const oneModel = 'A server serves the model it was started with. Start another one, and switch between them.'
const noPolicies = 'Flows decide what comes next, and no policy predicts it. GET /flows has them; POST /webhooks/rest/webhook goes on.'

/** Routes of Rasa (calm-spec 11.4) that attune does not have: asked for, each says why and what there is instead. */
const reasons: readonly (readonly [Route['method'], string, string, string])[] = [
  ['get', '/license', 'getLicense', 'attune needs no licence.'],
  ['post', '/conversations/{id}/predict', 'predictAction', noPolicies],
  ['post', '/model/predict', 'predictFromEvents', noPolicies],
  ['post', '/model/train', 'trainModel', elsewhere],
  ['post', '/model/test/stories', 'testStories', elsewhere],
  ['post', '/model/test/intents', 'testIntents', elsewhere],
  ['put', '/model', 'replaceModel', oneModel],
  ['delete', '/model', 'unloadModel', oneModel],
  ['get', '/users/{id}/trackers', 'getTrackersOfUser', 'Conversations are not kept by user: GET /conversations lists them, and each tracker says its user_id.'],
  ['post', '/cancel_background_tasks/{id}', 'cancelBackgroundTasks', 'There are no background agents whose tasks could be cancelled.'],
]

export const refusedRoutes: readonly Route[] = reasons.map(([method, path, operation, reason]) => route({
  method, path, operation, summary: `Not there: ${reason}`,
  parameters: path.includes('{id}') ? [conversationParameter] : [],
  answers: { 404: { description: reason, schema: failure } },
  handle: () => () => { throw new RequestRefused(404, 'NotSupported', reason) },
}))
