/** What a model card tells. Numbers are those of the training run that wrote the adapter. */
export type CardFacts = {
  readonly name: string
  /** A Hub id, or undefined where the base is a local file. */
  readonly baseModel: string | undefined
  readonly baseName: string
  readonly baseLicense: string
  readonly language: string
  /** SHA-256 of the base model's file, of the data set and of the project, in hexadecimal. */
  readonly hashes: Readonly<Record<string, string>>
  readonly examples: { readonly train: number; readonly dev: number; readonly test: number }
  /** Name and value of each setting, as it was trained with. */
  readonly settings: readonly (readonly [string, string | number])[]
  /** Name, value from 0 to 1, and on how many turns it was measured. */
  readonly results: readonly { readonly name: string; readonly value: number; readonly turns: number }[]
  readonly versions: readonly (readonly [string, string])[]
}

/** A YAML string that holds whatever it is given: JSON strings are YAML. */
const quoted = (text: string): string => JSON.stringify(text)

/** Front matter as the Hub checks it (Model Cards specification: license, base_model, library_name, tags, model-index). */
const frontMatter = ({ name, baseModel, baseLicense, language, results }: CardFacts): string => [
  '---',
  `language: [${quoted(language)}]`,
  `license: ${quoted(baseLicense)}`,
  'library_name: peft',
  'pipeline_tag: text-generation',
  ...(baseModel === undefined ? [] : [`base_model: ${quoted(baseModel)}`, 'base_model_relation: adapter']),
  `tags: ["lora", ${baseModel === undefined ? '' : `${quoted(`base_model:adapter:${baseModel}`)}, `}"attune"]`,
  ...(results.length === 0 ? [] : [
    'model-index:',
    `  - name: ${quoted(name)}`,
    '    results:',
    '      - task: { type: "text-generation" }',
    '        dataset: { name: "held-out turns of the project", type: "private" }',
    '        metrics:',
    ...results.map((result) => `          - { type: ${quoted(result.name)}, value: ${result.value.toFixed(4)}, name: ${quoted(result.name)} }`),
  ]),
  '---',
].join('\n')

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`

/** README.md of an adapter folder. */
export const modelCard = (facts: CardFacts): string => `${frontMatter(facts)}

# ${facts.name}

A LoRA adapter over ${facts.baseName}. It translates a user's message, together with the state of a conversation, into commands
for the flows of one project. It writes no answers to users.

## Use

- attune: \`attune serve\` takes it from the project's folder.
- llama.cpp: \`adapter.gguf\` with the base model's GGUF file (\`--lora adapter.gguf\`).
- PEFT: \`PeftModel.from_pretrained(base, folder)\`.

Give it prompts rendered by attune only, and let the decoder restrict it to commands that are legal in the state of the conversation.

## Limits

It knows the flows and slots of its project as they were when it was trained. Outside its language, domain and prompt format its
output means nothing. It may choose a wrong command; what that may cost is for the flows to bound, with confirmation before anything
that cannot be undone.

## Training data

${table(['split', 'turns'], Object.entries(facts.examples))}

Built from the project's flows, examples, tests and transcripts; near-duplicates are kept in one split.

## Training

${table(['setting', 'value'], facts.settings)}

## Evaluation

${facts.results.length === 0 ? 'Not evaluated.' : table(['measure', 'value', 'turns'], facts.results.map(({ name, value, turns }) => [name, percent(value), turns]))}

## Provenance

${table(['what', 'SHA-256'], Object.entries(facts.hashes))}

${table(['program', 'version'], facts.versions)}
`
