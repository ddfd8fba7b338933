import type { Route } from './route.js'
import { failure } from './schemas.js'

type Json = Readonly<Record<string, unknown>>

const answersOf = ({ answers, body, isOpen }: Route): Json => {
  const usual: Route['answers'] = {
    ...(body !== null && { 400: { description: 'The request is wrong; the message says where' } }),
    ...(!isOpen && { 401: { description: 'The token is missing or wrong' }, 403: { description: 'The token is for another conversation, or the page for another site' } }),
    500: { description: 'A mistake of the server' },
  }
  return Object.fromEntries(Object.entries({ ...usual, ...answers }).map(([status, { description, schema, type }]) => {
    const shape = schema ?? (Number(status) >= 400 ? failure : undefined)
    const content = shape !== undefined ? { 'application/json': { schema: shape } } : type !== undefined ? { [type]: { schema: { type: 'string' } } } : undefined
    return [status, { description, ...(content && { content }) }]
  }))
}

const operationOf = (route: Route): Json => ({
  operationId: route.operation,
  summary: route.summary,
  ...(route.parameters.length > 0 && { parameters: route.parameters.map((parameter) => ({ ...parameter, required: parameter.in === 'path' })) }),
  ...(route.body && { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } }),
  responses: answersOf(route),
  ...(route.isOpen && { security: [] }),
})

/** The OpenAPI 3.1 document of these routes: they are its only source, so that it cannot say anything else than the server does. */
export const openApiOf = (routes: readonly Route[], version: string): Json => {
  const paths: Record<string, Record<string, Json>> = {}
  for (const each of routes) (paths[each.path] ??= {})[each.method] = operationOf(each)
  return {
    openapi: '3.1.0',
    info: { title: 'attune', version, description: 'Talk to an assistant and look at its conversations. Compatible with the REST channel and the tracker API of Rasa.' },
    security: [{ bearer: [] }, { token: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, token: { type: 'apiKey', in: 'query', name: 'token' } } },
    paths,
  }
}
