import { basename, resolve } from 'node:path'
import { runChecks } from './checks/all.js'
import { defaultsFor } from './defaults/all.js'
import { isBuiltIn, type ButtonUse, type ConditionUse, type Draft, type Reading, type Reference } from './draft.js'
import { examplesOfIntents } from './intent-examples.js'
import { inOrder, type Problem } from './problem.js'
import { readConfig, readLanguages } from './read-config.js'
import { readExamples, readSamples } from './read-examples.js'
import { readFiles, type Sources } from './read-files.js'
import { readFlows } from './read-flows.js'
import { readForms, readIntentExamples, readTables } from './read-nlu.js'
import { readAssumptions, readProperties } from './read-properties.js'
import { readResponses } from './read-responses.js'
import { readIntents, readRules } from './read-rules.js'
import { readSlots } from './read-slots.js'
import { readStories } from './read-stories.js'
import { declarations, noteIdleSections, sectionsOf, type Sections } from './sections.js'
import type { Project } from './types.js'
import { namedIn, unreadTexts } from './unread.js'
import { projectVersion } from './version.js'
import { parseYaml } from './yaml.js'
import type { YamlNode } from './yaml-node.js'

export type Loaded = {
  /** Null where an error makes the project unusable; warnings do not. */
  readonly project: Project | null
  readonly problems: readonly Problem[]
  readonly sources: Sources
}
export type LoadOptions = { readonly env?: Readonly<Record<string, string | undefined>> }

/** Files with a form of their own. */
const settings = ['config.yml', 'endpoints.yml', 'credentials.yml']
const folders = [...settings, 'domain.yml', 'domain', 'flows', 'data', 'properties.yml', 'properties']

/** Reads and checks a project folder. Mistakes of the project come back as problems, all in one run; nothing of it is thrown. */
export const loadProject = async (root: string, { env = process.env }: LoadOptions = {}): Promise<Loaded> => {
  const path = resolve(root)
  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  try {
    const files = await readFiles(path, folders, (name) => /\.ya?ml$/.test(name), report)
    const code = await readFiles(path, ['actions', 'channels'], (name) => /\.(ts|js|mjs|py)$/.test(name), () => undefined)
    return readProject(path, files, { env, actionWords: wordsOf(code), channelModules: channelsIn(code), problems })
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code
    if (reason === undefined) throw error
    return { project: null, problems: [{ code: 'no-project', severity: 'error', message: `The folder ${basename(path)} cannot be read (${reason}).`, place: null, found: path, expected: 'a folder with flows/ and domain/', suggestion: 'name the folder with --project' }], sources: new Map() }
  }
}

/** Names that the project's own actions may use: enough to know that a response or slot is not forgotten. */
const wordsOf = (code: Sources): ReadonlySet<string> =>
  new Set([...code.values()].flatMap((text) => text.match(/\b[a-z]\w*\b/gi) ?? []))

/** Channels of the project's own are named like their modules. */
const channelsIn = (code: Sources): ReadonlySet<string> =>
  new Set([...code.keys()].flatMap((file) => /^channels\/([\w-]+)\.(?:ts|js|mjs)$/.exec(file)?.[1] ?? []))

type Given = { readonly env?: Readonly<Record<string, string | undefined>>; readonly actionWords?: ReadonlySet<string>; readonly channelModules?: ReadonlySet<string>; readonly problems?: readonly Problem[] }

/** More than anybody reads; a broken generator can make millions. */
const mostProblems = 10_000

/** The same from texts in memory, by path: for tests, editors and generated projects. */
export const readProject = (root: string, files: Sources, { env = {}, actionWords = new Set(), channelModules = new Set(), problems: before = [] }: Given = {}): Loaded => {
  const problems: Problem[] = [...before]
  let untold = 0
  const report = (problem: Problem): void => {
    if (problems.length < mostProblems) problems.push(problem)
    else untold++
  }
  const parsed = new Map(Array.from(files, ([file, text]) => [file, parseYaml(file, text)]))
  for (const { problems: found } of parsed.values()) problems.push(...found)
  const rootOf = (file: string): YamlNode | null => parsed.get(file)?.root ?? null
  const roots = [...parsed].flatMap(([file, { root: node }]) => (node === null || settings.includes(file) ? [] : [node]))
  const sections = sectionsOf(roots, report)

  const references: Reference[] = []
  const conditions: ConditionUse[] = []
  const buttons: ButtonUse[] = []
  // The profile decides which defaults there are, so the configuration is read first.
  const notes: Omit<Reading, 'declared'> = {
    report,
    refer: (reference) => void references.push(reference),
    noteCondition: (use) => void conditions.push(use),
    noteButton: (use) => void buttons.push(use),
  }
  const nothing = { slots: new Map(), responses: new Map(), actions: new Map(), flows: new Map(), intents: new Map() }
  const settingsFiles = { config: rootOf('config.yml'), endpoints: rootOf('endpoints.yml'), credentials: rootOf('credentials.yml'), channelModules }
  const config = readConfig(settingsFiles, sections.session_config, env, { ...notes, declared: nothing })
  const languages = readLanguages(rootOf('config.yml'))
  const defaults = defaultsFor(config, languages)
  for (const { problems: found } of defaults) problems.push(...found)
  const builtIn = sectionsOf(defaults.flatMap(({ root: node }) => (node === null ? [] : [node])), report)

  // Settings declare and use no names.
  const named = [...parsed.values()].filter(({ source }) => !settings.includes(source.file))
  const unread = named.filter(({ root: node, problems: found }) => node === null && found.length > 0).map(({ source }) => source)
  const reading: Reading = { ...notes, declared: declarations(sections, builtIn, unread, report) }
  const draft = readDraft(merged(sections, builtIn), { reading, config, references, conditions, buttons, actionWords, languages })
  // A file that could not even be opened may declare and use any name.
  const areNamesKnown = before.length === 0
  const mayBeNamed = areNamesKnown && untold === 0 ? namedIn(unreadTexts(named, problems)) : () => true
  runChecks({ ...draft, mayBeNamed }, { areNamesKnown }, report)
  const sources = new Map([...files, ...defaults.map(({ source }) => [source.file, source.text] as const)])
  const rest: readonly Problem[] = untold === 0 ? [] : [{
    code: 'more-problems', severity: 'error', message: `There are ${untold} more problems than can be shown.`, place: null, suggestion: 'mend these first',
  }]
  const project = [...problems, ...rest].some(({ severity }) => severity === 'error') ? null : projectOf(root, draft)
  return { project, problems: [...inOrder(problems), ...rest], sources }
}

const merged = (sections: Sections, builtIn: Sections): Sections => ({
  ...sections,
  flows: [...sections.flows, ...builtIn.flows],
  responses: [...sections.responses, ...builtIn.responses],
  slots: [...sections.slots, ...builtIn.slots],
})

const readDraft = (
  sections: Sections,
  { reading, ...rest }: Pick<Draft, 'config' | 'references' | 'conditions' | 'buttons' | 'actionWords' | 'languages'> & { readonly reading: Reading },
): Omit<Draft, 'mayBeNamed'> => {
  const isNluOn = rest.config.nlu !== undefined
  if (!isNluOn) noteIdleSections(sections, reading.report)
  const slots = readSlots(sections.slots, reading, isNluOn)
  const responses = readResponses(sections.responses, reading, isNluOn)
  const { flows, nodes } = readFlows(sections.flows, reading, isNluOn)
  const intentTexts = readIntents(sections.nlu, reading)
  const tables = readTables(sections.nlu, intentTexts, reading, isNluOn)
  const forms = isNluOn ? readForms(sections.forms, reading) : new Map()
  const { rules, long } = readRules(sections.rules, intentTexts, forms, reading)
  return {
    ...rest,
    slots,
    responses,
    flows,
    flowNodes: nodes,
    intentTexts,
    rules,
    nlu: { ...tables, forms, examples: readIntentExamples(intentTexts, tables.synonyms), stories: [...long, ...(isNluOn ? readStories(sections.stories, forms, reading) : [])] },
    examples: [...readExamples(sections.examples, slots, reading), ...examplesOfIntents(intentTexts, flows, slots)],
    samples: readSamples(sections.samples, slots, reading),
    properties: readProperties(sections.properties, reading),
    assumptions: readAssumptions(sections.assumptions, slots, reading),
    declared: reading.declared,
  }
}

const projectOf = (root: string, draft: Omit<Draft, 'mayBeNamed'>): Project => {
  const { flows, slots, responses, examples, samples, properties, assumptions, nlu, config } = draft
  const rules = draft.rules.map(({ name, intent, texts, patterns, then, place }) => ({ name, intent, texts, patterns, then, place }))
  const actions = new Set([...draft.declared.actions].filter(([, span]) => !isBuiltIn(span)).map(([name]) => name))
  const { stories, forms } = nlu
  const content = { flows, slots, responses, actions, rules, config, ...(stories.length > 0 && { stories }), ...(forms.size > 0 && { forms }) }
  return { root, flows, slots, responses, actions, rules, config, examples, samples, properties, assumptions, nlu, version: projectVersion(content) }
}
