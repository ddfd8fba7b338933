import { stringify } from 'yaml'
import { domainJson } from '../../actions/domain-json.js'
import { route } from '../route.js'
import { listOf, map } from '../schemas.js'
import { flowJson } from './flow-json.js'

export const getDomain = route({
  method: 'get', path: '/domain', operation: 'getDomain', summary: 'Slots, responses and actions; as YAML where Accept asks for it',
  answers: { 200: { description: 'The domain', schema: map } },
  handle: ({ assistant }) => (context) => {
    const domain = domainJson(assistant.project)
    const accepted = context.req.header('accept') ?? ''
    return /\byaml\b/.test(accepted) ? context.body(stringify(domain), 200, { 'content-type': 'application/yaml' }) : context.json(domain)
  },
})

export const getFlows = route({
  method: 'get', path: '/flows', operation: 'getFlows', summary: 'Flows with their steps',
  parameters: [{ name: 'include_patterns', in: 'query', description: 'true: the system\'s own flows too', schema: { type: 'string' } }],
  answers: { 200: { description: 'A list of flows', schema: listOf(map) } },
  handle: ({ assistant }) => (context) => {
    const withPatterns = context.req.query('include_patterns') === 'true'
    return context.json([...assistant.project.flows.values()].filter(({ isPattern }) => withPatterns || !isPattern).map(flowJson))
  },
})
