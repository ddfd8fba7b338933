import type { Fate, Finding } from './finding.js'

const titles: Readonly<Record<Fate, string>> = {
  'taken over': 'Taken over', translated: 'Translated', 'without effect': 'Kept, but without effect', 'not taken over': 'Not taken over',
}
const fates = Object.keys(titles) as readonly Fate[]

const placeText = ({ place }: Finding): string => `${place.file}:${place.line}:${place.column}`

/** How many parts of each kind have each fate: `12 flows, 3 rules`. */
const tally = (findings: readonly Finding[]): string => {
  const counts = new Map<string, number>()
  for (const { kind } of findings) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => `${count} ${count === 1 ? kind : plural(kind)}`).join(', ')
}
const irregular: Readonly<Record<string, string>> = { entity: 'entities', story: 'stories', policy: 'policies', 'training data': 'pieces of training data', 'mapping of a slot': 'mappings of slots', 'type of a slot': 'types of slots', 'stub of an action': 'stubs of actions' }
const plural = (kind: string): string => irregular[kind] ?? `${kind}s`

/** For the screen: what was taken over in numbers, everything else one by one. */
export const screenReport = (findings: readonly Finding[], paint: (style: 'bold' | 'dim', text: string) => string = (_, text) => text): string =>
  fates.flatMap((fate) => {
    const own = findings.filter((each) => each.fate === fate)
    if (own.length === 0) return []
    const lines = fate === 'taken over' ? [`  ${tally(own)}`] : alike(own).flatMap((group) => [
      ...group.slice(0, mostAlike).map((each) => `  ${paint('bold', placeText(each))} ${each.kind} ${each.name}`),
      ...(group.length > mostAlike ? [`  ... and ${group.length - mostAlike} more`] : []),
      `    ${group[0]?.message ?? ''}`,
      ...(group[0]?.advice === undefined ? [] : [`    ${paint('dim', 'try:')} ${group[0].advice}`]),
    ])
    return [`${paint('bold', titles[fate])} (${own.length})`, ...lines, '']
  }).join('\n')

const mostAlike = 10

/** Findings of which the same is to be said, together, in the order of the first of each. */
const alike = (findings: readonly Finding[]): readonly (readonly Finding[])[] => {
  const groups = new Map<string, Finding[]>()
  for (const each of findings) {
    const said = JSON.stringify([each.message, each.advice])
    groups.set(said, [...groups.get(said) ?? [], each])
  }
  return [...groups.values()]
}

/** The whole report as Markdown, for import-report.md: every part, with its place. */
export const markdownReport = (name: string, findings: readonly Finding[]): string => [
  `# Import of ${name}`,
  '',
  'Every part of the Rasa project, where it stands there, and what became of it.',
  '',
  '| | parts | |',
  '|---|--:|---|',
  ...fates.map((fate) => { const own = findings.filter((each) => each.fate === fate); return `| ${titles[fate]} | ${own.length} | ${tally(own)} |` }),
  ...fates.flatMap((fate) => {
    const own = findings.filter((each) => each.fate === fate)
    return own.length === 0 ? [] : ['', `## ${titles[fate]}`, '', ...table(fate, own)]
  }),
  '',
  '## Good to know',
  '',
  '- Intents that start a flow, and entities that fill its slots, became examples: `attune train` learns from them.',
  '- Facts in data/knowledge are answered by pattern_search; flows/knowledge.yml has one where the project had none.',
  '- End-to-end tests run with the trained model. With the key `commands` on each user step they run without one as well: `attune test --scripted`.',
  '- Hidden files, and folders that programs make (models, results, virtual environments), were not looked at.',
  '- Custom actions are asked over HTTP at the `action_endpoint` of endpoints.yml; TypeScript actions in `actions/` need no server.',
  '',
].join('\n')

const table = (fate: Fate, findings: readonly Finding[]): readonly string[] => [
  `| place | what | ${fate === 'not taken over' ? 'why, and what to do instead' : 'how'} |`,
  '|---|---|---|',
  ...findings.map((each) => `| ${cell(placeText(each))} | ${cell(`${each.kind} \`${each.name}\``)} | ${cell(`${each.message}${each.advice === undefined ? '' : ` Instead: ${each.advice}.`}`)} |`),
]
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
