import type { Project } from '../project/types.js'
import { BadServerSection } from './errors.js'
import type { GivenOpenAiOptions } from './openai.js'

/**
 * The part of config.yml that names a model server instead of the model in this process:
 * `understanding: {server: http://localhost:8000/v1, model: my-model, layout: tuned, api_key_env: MY_KEY}`.
 * Null where there is none. Keys come from the environment only, so that none is written into a project. Throws BadServerSection.
 */
export const serverSection = (project: Project, env: Readonly<Record<string, string | undefined>>): GivenOpenAiOptions | null => {
  const section = project.config.sections['understanding']
  if (typeof section !== 'object' || section === null || Array.isArray(section) || !('server' in section)) return null
  const text = (key: string): string | null => {
    const value = (section as Readonly<Record<string, unknown>>)[key] ?? null
    if (value === null || (typeof value === 'string' && value.trim() !== '')) return value
    throw new BadServerSection(key, JSON.stringify(value), 'a text')
  }
  const [server, model, layout, keyName] = [text('server'), text('model'), text('layout') ?? 'full', text('api_key_env')]
  if (server === null || !URL.canParse(server)) throw new BadServerSection('server', server ?? 'nothing', 'an address such as http://localhost:8000/v1')
  if (model === null) throw new BadServerSection('model', 'nothing', 'the name under which the server knows its model')
  if (layout !== 'full' && layout !== 'tuned') throw new BadServerSection('layout', layout, 'full (any chat model) or tuned (a model with attune\'s adapter)')
  const apiKey = env[keyName ?? 'OPENAI_API_KEY'] ?? null
  if (keyName !== null && apiKey === null) throw new BadServerSection('api_key_env', `${keyName}, which is not set`, 'the name of an environment variable that holds the key')
  return { server, model, layout, apiKey }
}
