import { describe, expect, it } from 'vitest'
import { BadServerSection } from '../../src/understand/errors.js'
import { serverSection } from '../../src/understand/server-section.js'
import { bank } from '../dialogue/bank.js'
import { projectOf } from '../dialogue/conversation.js'

const read = (section: string, env: Readonly<Record<string, string>> = {}) => serverSection(projectOf(bank, '3.16', section), env)

describe('the model server in config.yml', () => {
  it('is none unless it is named', () => {
    expect(read('')).toBeNull()
    expect(read('understanding: {clarify_below: 0.5}')).toBeNull()
  })
  it('is named by address and model; its key comes from the environment', () => {
    expect(read('understanding: {server: "http://localhost:8000/v1", model: small}')).toEqual({ server: 'http://localhost:8000/v1', model: 'small', layout: 'full', apiKey: null })
    expect(read('understanding: {server: "http://localhost:8000/v1", model: small, layout: tuned, api_key_env: MY_KEY}', { MY_KEY: 'secret' })).toMatchObject({ layout: 'tuned', apiKey: 'secret' })
    expect(read('understanding: {server: "http://localhost:8000/v1", model: small}', { OPENAI_API_KEY: 'usual' })?.apiKey).toBe('usual')
  })
  it.each([
    ['no model', 'server: "http://localhost:8000/v1"', 'model'], ['no address', 'server: localhost, model: m', 'server'], ['a number for a name', 'server: "http://a/v1", model: 7', 'model'],
    ['an unknown layout', 'server: "http://a/v1", model: m, layout: short', 'layout'], ['a key that is not there', 'server: "http://a/v1", model: m, api_key_env: NO_SUCH_KEY', 'api_key_env'],
  ])('is refused with %s', (_, section, key) => {
    expect(() => read(`understanding: {${section}}`)).toThrow(BadServerSection)
    expect(() => read(`understanding: {${section}}`)).toThrow(`understanding.${key}`)
  })
})
