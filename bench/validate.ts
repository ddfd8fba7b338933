import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProject } from '../src/project/load.js'
import { spent, type Spent } from './spent.js'

/** How long `attune validate` takes for a project of many flows: `bench/validate.ts [flows] [runs]`. */
const flows = Number(process.argv[2] ?? 1_000)
const runs = Number(process.argv[3] ?? 5)

/** A flow of the size people write: two questions with a rejection, a check with branches, a confirmation, an action. */
const flow = (at: number): string => `
  request_${at}:
    name: request ${at}
    description: Do the thing number ${at} for somebody, by a certain sum.
    if: not slots.blocked_${at % 50}
    steps:
      - collect: person_${at}
        description: who it is for
      - id: ask_sum
        collect: sum_${at}
        description: how much it is
        rejections:
          - if: slots.sum_${at} <= 0 or slots.sum_${at} > 5000
            utter: utter_bad_sum
        next:
          - if: slots.sum_${at} > 1000 and slots.person_${at} matches "(?i)^(mr|mrs) [a-z ]+$"
            then:
              - action: utter_too_much
              - set_slots:
                  - sum_${at}: null
                next: ask_sum
          - else: check
      - id: check
        action: action_check
        next:
          - if: slots.is_fine
            then: confirm
          - else:
              - action: utter_not_fine
                next: END
      - id: confirm
        collect: confirmed_${at}
        ask_before_filling: true
        next:
          - if: slots.confirmed_${at}
            then: go
          - else: END
      - id: go
        action: action_go
`
const slots = (at: number): string => `  person_${at}: {type: text}\n  sum_${at}: {type: float}\n  confirmed_${at}: {type: bool}\n`
const responses = (at: number): string =>
  ['person', 'sum', 'confirmed'].map((slot) => `  utter_ask_${slot}_${at}:\n    - text: Question about {${slot}_${at}}?\n    - text: Another way to ask it.\n`).join('')

const root = await mkdtemp(join(tmpdir(), 'attune-bench-'))
const all = Array.from({ length: flows }, (_, at) => at)
await mkdir(join(root, 'flows'))
await mkdir(join(root, 'domain'))
let bytes = 0
const put = async (file: string, text: string): Promise<void> => {
  bytes += text.length
  await writeFile(join(root, file), text)
}
for (let from = 0; from < flows; from += 20) await put(`flows/part_${from}.yml`, `flows:${all.slice(from, from + 20).map(flow).join('')}`)
await put('domain/slots.yml', `slots:\n${all.map(slots).join('')}  is_fine: {type: bool, mappings: [{type: controlled}]}\n${all.slice(0, 50).map((at) => `  blocked_${at}: {type: bool, initial_value: false, mappings: [{type: controlled}]}\n`).join('')}`)
await put('domain/responses.yml', `responses:\n${all.map(responses).join('')}  utter_bad_sum: [{text: no}]\n  utter_too_much: [{text: no}]\n  utter_not_fine: [{text: no}]\n`)
await put('domain/actions.yml', 'actions: [action_check, action_go]\n')

try {
  const costs: Spent[] = []
  let found = 0
  for (let run = 0; run < runs; run++) {
    costs.push(await spent(async () => {
      const { project, problems } = await loadProject(root)
      found = problems.length
      if (project === null) throw new Error(`the generated project does not load: ${JSON.stringify(problems[0])}`)
    }))
  }
  const shown = (times: readonly number[]): string => times.map((time) => Math.round(time)).join(', ')
  console.log(`${flows} flows in ${(bytes / 1_000_000).toFixed(1)} MB of YAML, ${found} problems: ${shown(costs.map(({ wall }) => wall))} ms, and ${shown(costs.map(({ cpu }) => cpu))} ms of processor time. The first run is cold, as in \`attune validate\`.`)
} finally {
  await rm(root, { recursive: true, force: true })
}
