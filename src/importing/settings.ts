import { entriesOf, get, itemsOf, keyAt, textAt, textOf, type MapNode, type YamlNode } from '../project/yaml-node.js'
import { componentName } from '../project/read-pipeline.js'
import { finding, type Notes } from './finding.js'
import type { RasaFile } from './rasa-project.js'

/** config.yml and endpoints.yml: what would not load, what has an old name, and where the actions are. */
export const translateSettings = (files: readonly RasaFile[], { hasActions, rasaVersion }: { readonly hasActions: boolean; readonly rasaVersion: RasaVersion | null }, notes: Notes): void => {
  const rootOf = (name: string): MapNode | null => files.find(({ file }) => file === name)?.root ?? null
  translateConfig(rootOf('config.yml'), rasaVersion, notes)
  translateEndpoints(rootOf('endpoints.yml'), hasActions, notes)
  noteModelGroups(rootOf('endpoints.yml'), notes)
  for (const { file, root } of files) if (file === 'config.yml' || file === 'endpoints.yml') noteOldNames(root, '', notes)
}

/** The release a project says it was written for, and where it says so. */
export type RasaVersion = { readonly minor: number; readonly file: string }

export const rasaVersionIn = (sources: ReadonlyMap<string, string>): RasaVersion | null => {
  for (const file of ['pyproject.toml', 'requirements.txt']) {
    const minor = /rasa[-_]pro\W*3\.(\d+)/i.exec(sources.get(file) ?? '')?.[1]
    if (minor !== undefined) return { minor: Number(minor), file }
  }
  return null
}

const profileOf = (minor: number): string => (minor >= 16 ? '3.16' : minor >= 13 ? '3.13' : '3.8')

/** Any of these turns attune's own NLU side on. */
export const nluComponents = ['NLUCommandAdapter', 'IntentBasedRouter', 'LLMBasedRouter']

const translateConfig = (root: MapNode | null, version: RasaVersion | null, { note, edit }: Notes): void => {
  const recipe = textAt(root, 'recipe')
  if (root !== null && recipe !== null && recipe !== 'default.v1') {
    note(finding('not taken over', 'setting', 'recipe', keyAt(root, 'recipe'), `There is no recipe ${recipe} here; attune has one way to train.`))
    edit('config.yml', { do: 'drop entry', span: keyAt(root, 'recipe') })
  }
  for (const item of itemsOf(get(root, 'pipeline'))) {
    const name = componentName(item)
    if (!nluComponents.includes(name)) continue
    note(finding('not taken over', 'component', name, get(item, 'name') ?? item, 'What the NLU side did was translated into flows, rules and examples, so nothing is left for it to do.', 'to keep the NLU side as it is, run attune on the Rasa project itself instead of importing it'))
    edit('config.yml', { do: 'drop item', span: item })
  }
  const language = get(root, 'language')
  if (root !== null && language?.kind === 'scalar' && language.value === null) {
    note(finding('not taken over', 'setting', 'language', keyAt(root, 'language'), 'An assistant without a language would count as English; the key was left out.', 'name the language, such as "language: en"'))
    edit('config.yml', { do: 'drop entry', span: keyAt(root, 'language') })
  }
  if (root === null || version === null || root.entries.has('compat')) return
  note(finding('translated', 'release', `3.${version.minor}`, version.file, `Written for Rasa Pro 3.${version.minor}, so config.yml has compat: "${profileOf(version.minor)}", whose default patterns are those of that release.`))
  edit('config.yml', { do: 'add', name: 'compat', value: profileOf(version.minor) })
}

const usualUrl = 'http://localhost:5055/webhook'

/** Python actions stay where they are; attune asks them over HTTP. */
const translateEndpoints = (root: MapNode | null, hasActions: boolean, { note, edit, add }: Notes): void => {
  const endpoint = get(root, 'action_endpoint')
  if (endpoint !== null && textAt(endpoint, 'url') !== null) return
  const module = textAt(endpoint, 'actions_module')
  if (module === null && !hasActions) return
  if (root === null) add('endpoints.yml', `# The actions of the Rasa project run on their own server: rasa run actions\naction_endpoint:\n  url: ${usualUrl}\n`)
  else if (endpoint?.kind === 'map') edit('endpoints.yml', { do: 'put', key: keyAt(root, 'action_endpoint'), value: { url: usualUrl } })
  else edit('endpoints.yml', { do: 'add', name: 'action_endpoint', value: { url: usualUrl } })
  if (endpoint?.kind === 'map' && root !== null) note(finding('translated', 'setting', 'action_endpoint', keyAt(root, 'action_endpoint'), `The module ${module ?? ''} is Python, which does not run in this process; action_endpoint names ${usualUrl}.`, 'start the actions with "rasa run actions", or write them in TypeScript in actions/'))
}

/** Names of older releases. What they set has no effect in any spelling, but whoever looks for them should find them. */
const noteOldNames = (node: YamlNode, under: string, { note }: Pick<Notes, 'note'>): void => {
  for (const item of itemsOf(node)) noteOldNames(item, under, { note })
  for (const { key, value } of entriesOf(node)) {
    if (key.name === 'type' && ['llm', 'embeddings', 'models'].includes(under)) {
      note(finding('without effect', 'setting', 'type', key, `The old name of "provider" (${textOf(value) ?? ''}); the tuned model of this project takes the place of a prompted one.`))
    }
    if (key.name === 'prompt') note(finding('without effect', 'setting', 'prompt', key, 'The old name of "prompt_template"; the tuned model needs no prompt of the project.'))
    noteOldNames(value, key.name, { note })
  }
}

/** A model server the Rasa project names, as the section that would make attune ask it. */
const noteModelGroups = (root: YamlNode | null, notes: Notes): void => {
  for (const group of itemsOf(get(root, 'model_groups'))) {
    const model = itemsOf(get(group, 'models')).find((each) => textAt(each, 'api_base') !== null)
    const id = get(group, 'id')
    if (id === null || group.kind !== 'map') continue
    const name = textAt(model ?? null, 'model') ?? textAt(model ?? null, 'deployment')
    const advice = model === undefined || name === null ? undefined : `to go on asking that server instead: "understanding: {server: ${textAt(model, 'api_base') ?? ''}, model: ${name}, layout: full}" in config.yml`
    notes.note(finding('without effect', 'model group', textAt(group, 'id') ?? '', id, 'The tuned model of this project takes the place of a prompted one.', advice))
  }
}
