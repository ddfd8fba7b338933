import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importProject, type Imported } from '../../src/importing/import-project.js'
import { readRasaFolder } from '../../src/importing/rasa-folder.js'
import { markdownReport, screenReport } from '../../src/importing/report-text.js'
import { validated } from '../../src/importing/validated.js'
import { annexA } from './annex-a.js'

const travel = async (): Promise<Imported> => importProject(await readRasaFolder(resolve(import.meta.dirname, 'travel')))
const imported = (sources: Readonly<Record<string, string>>, others: readonly string[] = []): Imported =>
  importProject({ sources: new Map(Object.entries(sources)), others, problems: [] })
/** `fate kind name` of everything found, and where. */
const told = ({ findings }: Imported): readonly string[] => findings.map(({ fate, kind, name, place }) => `${place.file}:${place.line}:${place.column} ${kind} ${name}: ${fate}`)

describe('a whole Rasa project with an NLU past', () => {
  it('is reported part by part', async () => {
    const { findings } = await travel()
    await expect(markdownReport('travel', findings)).toMatchFileSnapshot('golden/import-report.md')
    await expect(screenReport(findings)).toMatchFileSnapshot('golden/screen.txt')
  })

  it('becomes these files', async () => {
    const { files } = await travel()
    await expect([...files].map(([file, text]) => `===== ${file}\n${text}`).join('\n')).toMatchFileSnapshot('golden/files.txt')
  })

  it('loads without an error', async () => {
    const { project, problems } = validated('/travel', await travel(), {})
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
    expect([...project?.flows.keys() ?? []].filter((id) => !id.startsWith('pattern_'))).toEqual(['upgrade_seat', 'book_trip', 'cancel_trip', 'lounge', 'rule_opening_hours'])
  })

  it('tells of every part once, and of a broken file beside the others', async () => {
    const { findings, broken } = await travel()
    const places = findings.map(({ place, kind }) => `${place.file}:${place.line}:${place.column} ${kind}`)
    expect(places).toEqual([...new Set(places)])
    expect(broken).toMatchObject([{ code: 'yaml-syntax', place: { file: 'data/flows/broken.yml', line: 5 } }])
  })
})

describe('the project of annex A', () => {
  it('is taken over as it is, but for its intent and a threshold that no classifier reads', () => {
    const { files, findings } = imported(annexA)
    expect(files.get('flows/flows.yml')).toBe(annexA['data/flows.yml'])
    expect(files.get('domain/domain.yml')).toBe(annexA['domain.yml'])
    expect(files.get('data/examples/nlu.yml')).toContain('- a bike at [Central](station) for [two]{"slot":"hours","value":2} hours\n')
    expect(findings.filter(({ fate }) => fate !== 'taken over')).toMatchObject([
      { fate: 'without effect', kind: 'key', name: 'confidence_threshold', place: { file: 'data/flows.yml', line: 7, column: 30 } },
      { fate: 'translated', kind: 'intent', name: 'rent', place: { file: 'data/nlu.yml', line: 2, column: 13 } },
    ])
  })

  it('has no problems', () => {
    expect(validated('/bikes', imported(annexA), {}).problems).toEqual([])
  })
})

describe('what is found', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['an unknown section', { 'data/x.yml': 'nlu: []\nwidgets: {a: 1}\n' }, ['data/x.yml:2:1 section widgets: without effect']],
    ['an unknown key in a flow', { 'data/x.yml': 'flows:\n  a: {description: a, zzz: 1, steps: [{action: utter_a}]}\n' }, ['data/x.yml:2:3 flow a: taken over', 'data/x.yml:2:23 key zzz: without effect']],
    ['a file of something else', { 'compose.yml': 'services: {}\n', 'data/x.yml': 'intents: [a]\n' }, ['compose.yml:1:1 file compose.yml: not taken over', 'data/x.yml:1:11 intent a: taken over']],
    ['a recipe of one\'s own', { 'config.yml': 'recipe: graph.v1\nlanguage:\n' }, ['config.yml:1:1 setting recipe: not taken over', 'config.yml:2:1 setting language: not taken over']],
    ['the same intent in two domain files', { 'domain/a.yml': 'intents: [a]\n', 'domain/b.yml': 'intents: [a, b]\n' }, ['domain/a.yml:1:11 intent a: taken over', 'domain/b.yml:1:11 intent a: translated', 'domain/b.yml:1:14 intent b: taken over']],
    ['a slot class of one\'s own', { 'domain.yml': 'slots:\n  a: {type: my.module.Slot}\n' }, ['domain.yml:2:3 slot a: taken over', 'domain.yml:2:7 type of a slot a: translated']],
  ])('holds %s', (_, sources, expected) => {
    expect(told(imported(sources))).toEqual(expected)
  })

  it('holds files of the same name, each in a place of its own', () => {
    const nlu = (said: string): string => `nlu:\n  - intent: a\n    examples: |\n      - ${said}\n`
    const { files, findings } = imported({ 'data/a/nlu.yml': nlu('one'), 'data/b/nlu.yml': nlu('two'), 'data/flows/rules.yml': 'flows:\n  a: {description: a, steps: [{action: utter_a}]}\n', 'data/rules.yml': 'rules:\n  - {rule: r, steps: [{intent: b}, {action: utter_a}, {action: utter_b}]}\n' })
    expect([...files.keys()]).toEqual(['data/examples/nlu.yml', 'data/examples/nlu_2.yml', 'flows/rules.yml', 'flows/rules_2.yml'])
    for (const path of ['data/examples/nlu.yml', 'data/examples/nlu_2.yml', 'flows/rules_2.yml']) expect(findings.some(({ message }) => message.includes(`in ${path}`))).toBe(true)
  })

  it('holds an unknown first section of a file that is told of as a whole', () => {
    expect(told(imported({ 'domain.yml': 'config: {a: 1}\nresponses:\n  utter_a:\n  - text: "one\n  two"\n' }))).toEqual([
      'domain.yml:1:1 file domain.yml: translated', 'domain.yml:1:1 section config: without effect', 'domain.yml:3:3 response utter_a: taken over',
    ])
  })

  it('holds a sentence once, and says so', () => {
    const { files, findings } = imported({ 'data/x.yml': 'flows:\n  a: {description: a, steps: [{action: utter_a}]}\n', 'data/nlu.yml': 'nlu:\n  - intent: a\n    examples: |\n      - do it\n      - Do it!\n      - now\n' })
    expect(files.get('data/examples/nlu.yml')).toContain('utterances: |\n      - do it\n      - now\n')
    expect(findings.find(({ kind, fate }) => kind === 'intent' && fate === 'translated')?.message).toBe('2 sentences became examples of the flow a, in data/examples/nlu.yml. 1 sentence that stood there twice is left out.')
  })

  it('holds quoted texts that are indented too little, which Python reads', () => {
    const result = imported({ 'domain.yml': 'responses:\n  utter_a:\n  - text: "It goes \\"on\\"\n  here\n\n  and here."\n  utter_b:\n  - text: \'not\n\'\'this\'\'\n    one\'\n' })
    expect(told(result)).toEqual(['domain.yml:1:1 file domain.yml: translated', 'domain.yml:2:3 response utter_a: taken over', 'domain.yml:7:3 response utter_b: taken over'])
    const { project } = validated('/x', { ...result, files: new Map([...result.files, ['flows/a.yml', 'flows:\n  a: {description: a, steps: [{action: utter_a}, {action: utter_b}]}\n']]) }, {})
    expect(['utter_a', 'utter_b'].map((name) => project?.responses.get(name)?.[0]?.text)).toEqual(['It goes "on" here\nand here.', "not 'this' one"])
  })

  it('holds files that are not read', () => {
    expect(told(imported({ 'actions/a.py': 'x = 1', 'prompts/p.jinja2': '' }, ['docs/terms.pdf']))).toEqual([
      'actions/a.py:1:1 Python file actions/a.py: not taken over', 'docs/terms.pdf:1:1 file docs/terms.pdf: not taken over', 'prompts/p.jinja2:1:1 prompt prompts/p.jinja2: not taken over',
    ])
  })
})

describe('settings', () => {
  it.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ['Python beside no endpoints', { 'actions/a.py': '' }, '# The actions of the Rasa project run on their own server: rasa run actions\naction_endpoint:\n  url: http://localhost:5055/webhook\n'],
    ['actions of the domain', { 'domain.yml': 'actions: [a]\n' }, '# The actions of the Rasa project run on their own server: rasa run actions\naction_endpoint:\n  url: http://localhost:5055/webhook\n'],
    ['Python beside other endpoints', { 'actions/a.py': '', 'endpoints.yml': '# mine\nnlg: {type: rephrase}\n' }, '# mine\nnlg: {type: rephrase}\naction_endpoint:\n  url: http://localhost:5055/webhook\n'],
    ['a server that is named', { 'actions/a.py': '', 'endpoints.yml': 'action_endpoint: {url: "http://actions:5055/webhook"}\n' }, 'action_endpoint: {url: "http://actions:5055/webhook"}\n'],
    ['no actions', { 'data/x.yml': 'intents: [a]\n' }, undefined],
  ])('of endpoints with %s', (_, sources, expected) => {
    expect(imported(sources).files.get('endpoints.yml')).toBe(expected)
  })

  it.each([['rasa-pro==3.7.9', '3.8'], ['rasa-pro>=3.13', '3.13'], ['rasa_pro = "^3.18.2"', '3.16']])('take the profile of %s', (line, profile) => {
    expect(imported({ 'config.yml': 'language: en\n', 'requirements.txt': `${line}\n` }).files.get('config.yml')).toBe(`language: en\ncompat: "${profile}"\n`)
  })
})
