import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readConversations } from '../../src/dataset/sources.js'
import { readProject } from '../../src/project/load.js'

const yaml = `
slots:
  plan: {type: categorical, values: [Gold, None]}
  recipient: {type: categorical, values: [Ann, Bob]}
responses:
  utter_ask_plan: [{text: Which plan?}]
  utter_ask_recipient: [{text: To whom?}]
flows:
  choose: {description: choose a plan, steps: [{collect: plan}, {collect: recipient}]}
`
const talk = `
transcripts:
  - id: one
    turns:
      - user: none please
        commands: [set slot plan None, set slot recipient None]
      - user: really none
        commands: set slot plan None
`

it('an unquoted None under "commands:" is the value where the slot declares it, and nothing where it does not', async () => {
  const root = mkdtempSync(join(tmpdir(), 'attune-dialogues-'))
  try {
    mkdirSync(join(root, 'data'))
    writeFileSync(join(root, 'data', 'talk.yml'), talk)
    const { project } = readProject(root, new Map([['data/project.yml', yaml]]))
    if (project === null) throw new Error('the project is faulty')
    const { dialogues, problems } = await readConversations(project)
    expect(problems).toEqual([])
    expect(dialogues[0]?.turns.map((turn) => (turn.who === 'user' ? turn.commands : null))).toEqual([
      [{ command: 'set slot', name: 'plan', value: 'None' }, { command: 'set slot', name: 'recipient', value: null }],
      [{ command: 'set slot', name: 'plan', value: 'None' }],
    ])
  } finally {
    rmSync(root, { recursive: true })
  }
})
