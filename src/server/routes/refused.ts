import { RequestRefused } from '../failure.js'
import { route, type Route } from '../route.js'
import { conversationParameter, failure } from '../schemas.js'

const elsewhere = 'Models are trained and tested with attune train, attune evaluate and attune test; the server only serves.'

/** Routes of Rasa (calm-spec 11.4) that attune does not have: asked for, each says why and what there is instead. */
const reasons: readonly (readonly [Route['method'], string, string, string])[] = [
  ['post', '/model/train', 'trainModel', elsewhere],
  ['post', '/model/test/stories', 'testStories', elsewhere],
  ['post', '/model/test/intents', 'testIntents', elsewhere],
  ['post', '/cancel_background_tasks/{id}', 'cancelBackgroundTasks', 'There are no background agents whose tasks could be cancelled.'],
]

export const refusedRoutes: readonly Route[] = reasons.map(([method, path, operation, reason]) => route({
  method, path, operation, summary: `Not there: ${reason}`,
  parameters: path.includes('{id}') ? [conversationParameter] : [],
  answers: { 404: { description: reason, schema: failure } },
  handle: () => () => { throw new RequestRefused(404, 'NotSupported', reason) },
}))
