import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadProject } from '../../src/project/load.js'
import { load, short } from './in-memory.js'

let root: string
let outside: string
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'attune-project-'))
  root = join(folder, 'bot')
  outside = join(folder, 'outside')
  await mkdir(root)
  await mkdir(outside)
})
afterEach(async () => rm(dirname(root), { recursive: true, force: true }))

const put = async (file: string, content: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), content)
}
const flow = (id: string): string => `flows:\n  ${id}:\n    description: ${id}\n    steps: [{action: utter_hi}]\n`
const hi = 'responses:\n  utter_hi: [{text: hi}]\n'
const own = async (): Promise<readonly string[]> => {
  const { project } = await loadProject(root)
  return [...(project?.flows.values() ?? [])].filter(({ isPattern }) => !isPattern).map(({ id }) => id)
}

describe('loading a project from its folder', () => {
  it('merges all files of its folders, whatever their depth and ending', async () => {
    await put('domain/answers/hi.yaml', hi)
    await put('flows/a.yml', flow('a'))
    await put('data/deep/er/b.yaml', flow('b'))
    await put('domain.yml', 'slots:\n  x: {type: text, mappings: [{type: controlled}]}\n')
    await put('data/read.me', 'flows: [')
    expect(await own()).toEqual(['b', 'a'])
  })

  it('leaves out hidden folders, installed packages and what lies elsewhere', async () => {
    await put('domain/hi.yml', hi)
    for (const folder of ['flows/.hidden', 'flows/node_modules/x', 'flows/dist', 'data/.attune', 'models', '.']) await put(`${folder}/bad.yml`, 'flows: [')
    await put('flows/.draft.yml', 'flows: [')
    await put('flows/a.yml', flow('a'))
    expect((await loadProject(root)).problems.map(short)).toEqual([])
    expect(await own()).toEqual(['a'])
  })

  it('leaves tests and transcripts to those who read them', async () => {
    await put('domain.yml', hi)
    await put('flows/a.yml', flow('a'))
    await put('data/t.yml', 'transcripts: 3\n')
    await put('data/e2e.yml', 'fixtures: []\nmetadata: []\nstub_custom_actions: {}\ntest_cases: 3\n')
    expect((await loadProject(root)).problems).toEqual([])
  })

  it('works without a configuration, and without anything at all', async () => {
    expect((await loadProject(root)).project?.config).toEqual({
      language: 'en', assistantId: 'assistant', compat: '3.16', maximumCharacters: 420, sessionExpirationMinutes: 60, inactiveAfterMinutes: 60, carryOverSlots: true, actionEndpoint: null, responseServer: null, callbackUrl: null, sections: {},
    })
  })

  it('reads what responses and slots the project\'s own actions use', async () => {
    await put('domain.yml', 'slots:\n  x: {type: text}\nresponses:\n  utter_hi: [{text: "{name}"}]\n')
    expect((await loadProject(root)).problems.map(({ code }) => code)).toEqual(['unused-slot', 'unused-response', 'unknown-variable'])
    await put('actions/bank.ts', 'say(\'utter_hi\', { name: tracker.slots.x })\n')
    expect((await loadProject(root)).problems).toEqual([])
  })

  it('says so when there is no such folder', async () => {
    expect(await loadProject(join(root, 'nowhere'))).toMatchObject({ project: null, problems: [{ code: 'no-project', place: null }] })
    await put('file', '')
    expect((await loadProject(join(root, 'file'))).project?.flows.has('pattern_search') ?? false).toBe(false)
  })

  it('reads nothing outside the project', async () => {
    await writeFile(join(outside, 'secret.yml'), flow('stolen'))
    await mkdir(join(root, 'flows'))
    await symlink(join(outside, 'secret.yml'), join(root, 'flows/link.yml'))
    await symlink(outside, join(root, 'data'))
    await symlink('../../outside/secret.yml', join(root, 'flows/relative.yml'))
    const { project, problems, sources } = await loadProject(root)
    expect(project).toBeNull()
    expect(problems.map(short)).toEqual(['data:1:1 outside-root', 'flows/link.yml:1:1 outside-root', 'flows/relative.yml:1:1 outside-root'])
    expect([...sources.values()].join('')).not.toContain('stolen')
  })

  it('follows links inside the project, in circles once', async () => {
    await put('domain.yml', hi)
    await put('flows/a.yml', flow('a'))
    await put('shared/b.yml', flow('b'))
    await symlink('../shared/b.yml', join(root, 'flows/b.yml'))
    await symlink('..', join(root, 'flows/up'))
    await symlink('.', join(root, 'data'))
    const { problems } = await loadProject(root)
    expect(problems.map(short)).toEqual([])
    expect(await own()).toEqual(expect.arrayContaining(['a', 'b']))
  })

  it('blames dead links and sockets in words', async () => {
    await mkdir(join(root, 'flows'))
    await symlink('gone.yml', join(root, 'flows/link.yml'))
    expect((await loadProject(root)).problems.map(short)).toEqual(['flows/link.yml:1:1 unreadable-file'])
  })

  it.each([
    ['UTF-16', Buffer.from('\ufeffflows:', 'utf16le'), 'wrong-encoding'],
    ['Latin-1', Buffer.from('flows: # caf\u00e9', 'latin1'), 'wrong-encoding'],
    ['a binary', Buffer.from([0, 1, 2, 3]), 'wrong-encoding'],
    ['six megabytes', Buffer.alloc(6_000_000, '#'), 'file-too-large'],
    ['100,000 levels', Buffer.from('flows: ' + '['.repeat(100_000)), 'too-deep'],
  ])('refuses %s', async (_, bytes, code) => {
    await put('flows/a.yml', bytes)
    await put('flows/b.yml', flow('b'))
    const { project, problems } = await loadProject(root)
    expect(project).toBeNull()
    // What else is wrong is told too, where it can be known: a file that is parsed holds no "utter_hi", one that cannot be opened may.
    const others = code === 'too-deep' ? [['unknown-response', 'flows/b.yml']] : []
    expect(problems.map((problem) => [problem.code, problem.place?.file])).toEqual([[code, 'flows/a.yml'], ...others])
  })

  it('expands variables of the environment in endpoints', async () => {
    await put('endpoints.yml', 'action_endpoint:\n  url: "${HOST}/webhook"\n  timeout: 2.5\n')
    const { project } = await loadProject(root, { env: { HOST: 'http://localhost:5055' } })
    expect(project?.config.actionEndpoint).toEqual({ url: 'http://localhost:5055/webhook', timeoutMilliseconds: 2_500 })
    const without = await loadProject(root, { env: {} })
    expect(without.problems.map(short)).toEqual(['endpoints.yml:2:9 unset-variable'])
    expect(without.project?.config.actionEndpoint?.url).toBe('${HOST}/webhook')
  })

  it('never throws, whatever the files hold', () => {
    const piece = fc.constantFrom(
      'flows:\n', 'slots:\n', 'responses:\n', 'rules:\n', 'nlu:\n', 'examples:\n', 'samples:\n', 'actions:\n', 'session_config:\n', 'intents:\n',
      '  a:\n', '    description: d\n', '    steps:\n', '      - collect: a\n', '      - action: utter_a\n', '      - link: a\n', '      - call: a\n', '      - noop: true\n',
      '        next:\n', '          - if: slots.a\n', '            then: END\n', '          - else:\n', '              - action: x\n', '        next: a\n',
      '    type: text\n', '    type: categorical\n', '    values: [a, 1, true]\n', '    - text: "{a}"\n', '      buttons: [{title: a, payload: /SetSlots(a=1)}]\n',
      '  - rule: a\n', '    steps: [{intent: a}, {action: utter_a}]\n', '    matches: ["(a*)*"]\n', '  - intent: a\n', '    examples: |\n', '      - [a](a)\n',
      '  - flow: a\n', '    utterances: |\n', '  utter_a:\n', '  a: {type: text}\n', '  - a\n', 'null\n', '~: ~\n', '? [a]\n', '&x ', '*x\n', '  <<: *x\n', '"\n', ']\n', '  if: "\n', '  3: 4\n',
    )
    fc.assert(fc.property(fc.array(piece, { maxLength: 25 }), fc.array(piece, { maxLength: 8 }), (pieces, others) => {
      const { project, problems, sources } = load({ 'domain.yml': pieces.join(''), 'flows/a.yml': others.join(''), 'config.yml': others.slice(0, 3).join('') })
      expect(project === null).toBe(problems.some(({ severity }) => severity === 'error'))
      for (const { place } of problems) {
        if (place === null) continue
        const line = (sources.get(place.file) ?? '').split('\n')[place.line - 1]
        expect(line, `${place.file}:${place.line}`).toBeDefined()
        expect(place.column).toBeLessThanOrEqual((line ?? '').length + 1)
      }
    }), { numRuns: 200 })
  })
})
