import { describe, expect, it } from 'vitest'
import { serverSection, type ServerSection } from '../../src/understand/server-section.js'
import { marked, short } from '../project/in-memory.js'

const read = (config: string, env: Readonly<Record<string, string>> = {}): ServerSection => serverSection(new Map([['config.yml', config]]), env)
const server = 'server: "http://localhost:8000/v1", model: small'

describe('the model server in config.yml', () => {
  it('is none unless it is named', () => {
    const none = { server: null, problems: [] }
    expect([serverSection(new Map(), {}), ...['', 'language: en', 'understanding:', 'understanding: {clarify_below: 0.5}', 'understanding: ['].map((text) => read(text))]).toEqual(Array(6).fill(none))
  })
  it('is named by address and model; its key comes from the environment', () => {
    expect(read(`understanding: {${server}}`)).toEqual({ server: { server: 'http://localhost:8000/v1', model: 'small', layout: 'full', apiKey: null }, problems: [] })
    expect(read(`understanding: {${server}, layout: tuned, api_key_env: MY_KEY}`, { MY_KEY: 'secret' }).server).toMatchObject({ layout: 'tuned', apiKey: 'secret' })
    expect(read(`understanding: {${server}}`, { OPENAI_API_KEY: 'usual' }).server?.apiKey).toBe('usual')
  })
  it.each([
    ['no model', 'missing-key', 'language: en\nunderstanding:\n  »server: http://localhost:8000/v1\n'],
    ['no server', 'missing-key', 'understanding:\n  »model: small\n'],
    ['no address', 'bad-value', 'understanding: {server: »localhost, model: m}'],
    ['an address of another protocol', 'bad-value', 'understanding: {server: »"localhost:8000", model: m}'],
    ['a number for a name', 'wrong-type', 'understanding: {server: "http://a/v1", model: »7}'],
    ['an empty name', 'wrong-type', 'understanding: {server: "http://a/v1", model: »" "}'],
    ['an unknown layout', 'not-allowed', `understanding: {${server}, layout: »short}`],
    ['a key that is not there', 'unset-variable', `understanding: {${server}, api_key_env: »NO_SUCH_KEY}`],
    ['a misspelt key', 'unknown-key', `understanding: {»sever: "http://a/v1", clarify_below: 0.5}`],
    ['a list', 'wrong-type', 'understanding: »[server]'],
  ])('is refused with %s, at its place', (_, code, config) => {
    const { text, places } = marked(config)
    const { server: found, problems } = read(text)
    expect(problems.map(short)).toEqual(places.map((place) => `config.yml:${place} ${code}`))
    expect(problems.every(({ severity }) => severity === 'error')).toBe(true)
    expect(found).toBeNull()
  })
})
