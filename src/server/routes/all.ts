import { openApiOf } from '../openapi.js'
import { route, type Route } from '../route.js'
import { map } from '../schemas.js'
import { getCallbackChannel, postCallback } from './callback-webhook.js'
import { channelRoutes } from './channels.js'
import { addMessage, executeAction, postEvents, putEvents, triggerIntent } from './conversation-changes.js'
import { deleteTracker, getConversations, getTracker, getTrackersOfUser } from './conversations.js'
import { getHealth, getInspector, getLicense, getLiveness, getRoot, getStatus, getVersion } from './facts.js'
import { deleteModel, putModel } from './model.js'
import { getDomain, getFlows } from './project.js'
import { predictAction, predictFromEvents } from './predict.js'
import { parseMessage } from './parse.js'
import { refusedRoutes } from './refused.js'
import { getRestChannel, postMessage } from './rest-webhook.js'
import { getStory } from './story.js'

const getOpenApi = route({
  method: 'get', path: '/openapi.json', operation: 'getOpenApi', summary: 'This document', isOpen: true,
  answers: { 200: { description: 'OpenAPI 3.1', schema: map } },
  handle: ({ version, channels }) => (context) => context.json(openApiOf([...routes, ...channelRoutes(channels)], version)),
})

/** Every route but those of the project's own channels: the server and its OpenAPI document are both made from this list. */
export const routes: readonly Route[] = [
  getRoot, getInspector, getVersion, getLicense, getStatus, getHealth, getLiveness, getOpenApi, getDomain, getFlows,
  getRestChannel, postMessage, getCallbackChannel, postCallback,
  getConversations, getTracker, deleteTracker, getStory, postEvents, putEvents, addMessage, triggerIntent, executeAction, predictAction, getTrackersOfUser, parseMessage, predictFromEvents, putModel, deleteModel, ...refusedRoutes,
]
