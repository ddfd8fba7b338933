import { RequestRefused } from '../failure.js'
import { route, type ServerParts } from '../route.js'
import { orNull, record, text } from '../schemas.js'

export const getRoot = route({
  method: 'get', path: '/', operation: 'getRoot', summary: 'A greeting with the version', isOpen: true,
  answers: { 200: { description: 'Text', type: 'text/plain' } },
  handle: ({ version }) => (context) => context.text(`Hello from attune: ${version}`),
})

export const getVersion = route({
  method: 'get', path: '/version', operation: 'getVersion', summary: 'Version of the server', isOpen: true,
  answers: { 200: { description: 'Versions', schema: record({ version: text, minimum_compatible_version: text }) } },
  handle: ({ version }) => (context) => context.json({ version, minimum_compatible_version: version }),
})

export const getStatus = route({
  method: 'get', path: '/status', operation: 'getStatus', summary: 'Which model and which project are being served; null where no model is loaded',
  answers: { 200: { description: 'Facts', schema: record({ model_id: orNull({ type: 'string' }), model_file: orNull({ type: 'string' }), num_active_training_jobs: { type: 'integer' }, assistant_id: text, project_version: text, running_conversations: { type: 'integer' } }) } },
  handle: ({ assistant, model }) => (context) => context.json({
    model_id: model.loaded?.version ?? null, model_file: model.loaded?.file ?? null, num_active_training_jobs: 0,
    assistant_id: assistant.project.config.assistantId, project_version: assistant.project.version, running_conversations: assistant.runningConversations,
  }),
})

/** GET /license (calm-spec 11.4): attune is free software, so there is no key, nobody it was sold to and no day on which it ends. */
export const getLicense = route({
  method: 'get', path: '/license', operation: 'getLicense', summary: 'Under which licence the server runs', isOpen: true,
  answers: { 200: { description: 'The licence', schema: record({ id: text, company: orNull({ type: 'string' }), scope: text, email: orNull({ type: 'string' }), expires: orNull({ type: 'string' }) }) } },
  handle: () => (context) => context.json({ id: 'Apache-2.0', company: null, scope: 'attune', email: null, expires: null }),
})

export const getInspector = route({
  method: 'get', path: '/inspect', operation: 'getInspector', summary: 'A page to talk with the assistant and see what is behind its answers; it shows the flows as they are written',
  answers: { 200: { description: 'The page', type: 'text/html' }, 404: { description: 'The server was started without it' } },
  handle: ({ inspector = null }) => (context) => {
    if (inspector === null) throw new RequestRefused(404, 'NotFound', 'The server was started without the inspector: attune inspect, or attune serve --inspect.')
    return context.html(inspector)
  },
})

const health = record({
  status: { enum: ['ok', 'unavailable'] }, version: text,
  model: record({ ready: { type: 'boolean' }, version: orNull({ type: 'string' }) }),
  store: record({ ready: { type: 'boolean' }, milliseconds: { type: 'number' } }),
})

/** Readiness: whether the next message can be answered and kept. */
export const getHealth = route({
  method: 'get', path: '/health', operation: 'getHealth', summary: 'Whether messages can be answered now', isOpen: true,
  answers: { 200: { description: 'They can', schema: health }, 503: { description: 'They cannot: what is not ready says so', schema: health } },
  handle: (parts) => async (context) => {
    const store = await storeHealth(parts)
    const { loaded } = parts.model
    const hears = loaded !== null && !parts.assistant.isStopping
    const isReady = store.ready && hears
    return context.json({
      status: isReady ? 'ok' : 'unavailable', version: parts.version,
      model: { ready: hears, version: loaded?.version ?? null }, store,
    }, isReady ? 200 : 503)
  },
})

const storeHealth = async ({ store }: ServerParts): Promise<{ readonly ready: boolean; readonly milliseconds: number }> => {
  const started = performance.now()
  const ready = await store.conversations(1, 0).then(() => true, () => false)
  return { ready, milliseconds: Math.round((performance.now() - started) * 10) / 10 }
}

/** Liveness: the process answers. Restart it when this does not. */
export const getLiveness = route({
  method: 'get', path: '/health/live', operation: 'getLiveness', summary: 'Whether the process answers at all', isOpen: true,
  answers: { 200: { description: 'It does', schema: record({ status: { const: 'ok' } }) } },
  handle: () => (context) => context.json({ status: 'ok' }),
})
