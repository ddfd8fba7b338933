import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findTests } from '../../src/testing/find-tests.js'
import { readRecordings, recordingsFile, writeRecordings } from '../../src/testing/recordings.js'
import { cafe } from './project.js'

let root: string
beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'attune-tests-')) })
afterEach(() => rm(root, { recursive: true, force: true }))

const put = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}
const one = (name: string, fixture?: string): string =>
  `test_cases:\n  - test_case: ${name}\n${fixture === undefined ? '' : `    fixtures: [${fixture}]\n`}    steps: [{user: hello}]\n`
const find = (...wanted: readonly string[]) => findTests({ ...cafe(), root }, wanted)

describe('finding tests', () => {
  beforeEach(async () => {
    await put('e2e_tests/tea.yml', one('tea'))
    await put('e2e_tests/late/coffee.yaml', `${one('coffee')}  - test_case: milk\n    steps: [{user: hello}]\n`)
    await put('e2e_tests/.recorded/model.json', '{}')
    await put('other/notes.txt', 'nothing')
  })

  it.each([
    [['e2e_tests'], ['coffee', 'milk', 'tea']],
    [['e2e_tests/tea.yml'], ['tea']],
    [['e2e_tests/late'], ['coffee', 'milk']],
    [['e2e_tests/late/coffee.yaml::milk'], ['milk']],
    [['e2e_tests::tea'], ['tea']],
    [['e2e_tests/late/coffee.yaml::milk', 'e2e_tests/tea.yml'], ['milk', 'tea']],
    [['./e2e_tests/../e2e_tests/tea.yml'], ['tea']],
    [['e2e_tests', 'e2e_tests/tea.yml'], ['coffee', 'milk', 'tea']],
  ])('%j gives %j', async (wanted, names) => {
    const { cases, problems } = await find(...wanted)
    expect(problems).toEqual([])
    expect(cases.map(({ name }) => name)).toEqual(names)
  })

  it('says which file or case is not there', async () => {
    expect((await find('e2e_test')).problems).toMatchObject([{ code: 'no-tests' }])
    expect((await find('e2e_tests/late/coffee.yaml::mlik')).problems).toMatchObject([{ code: 'unknown-test-case', suggestion: 'milk' }])
  })

  it('lets fixtures of a nearer conftest go over those above', async () => {
    await put('conftest.yml', 'fixtures:\n  - a: [{cups: 1}]\n  - b: [{cups: 2}]\n')
    await put('e2e_tests/late/conftest.yml', 'llm_judge: {llm: {model: none}}\nfixtures:\n  - a: [{cups: 3}]\n')
    await put('e2e_tests/late/coffee.yaml', one('far', 'a'))
    await put('e2e_tests/tea.yml', one('near', 'a, b'))
    const { cases, problems } = await find('e2e_tests')
    expect(problems).toEqual([])
    expect(cases.map(({ name, fixtures }) => [name, fixtures])).toEqual([['far', [{ slot: 'cups', value: 3 }]], ['near', [{ slot: 'cups', value: 2 }]]])
  })
})

describe('recordings', () => {
  it('come back as they were written, and only for the model that made them', async () => {
    const file = recordingsFile(join(root, 'e2e_tests'), 'base:1/adapter 2')
    expect(file).toBe(join(root, 'e2e_tests', '.recorded', 'base_1_adapter_2.json'))
    const answers = new Map([['b2', 'cancel flow'], ['a1', 'start flow x\nset slot y "z"']])
    await writeRecordings(file, { model: 'base:1/adapter 2', answers })
    expect((await readRecordings(file, 'base:1/adapter 2')).answers).toEqual(answers)
    expect((await readRecordings(file, 'another')).answers.size).toBe(0)
  })

  it.each(['', '{', '[]', '{"model": "m"}', '{"model": "m", "answers": 3}'])('%j holds nothing, so that the model is asked again', async (text) => {
    await put('answers.json', text)
    expect((await readRecordings(join(root, 'answers.json'), 'm')).answers.size).toBe(0)
  })
})
