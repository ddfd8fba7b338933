import { describe, expect, it } from 'vitest'
import { written } from '../../src/project/written.js'
import { load } from './in-memory.js'

const files = {
  'domain.yml': `slots:
  amount: {type: float}
  speed: {type: categorical, values: [fast, slow]}
responses:
  utter_ask_amount: [{text: How much?}]
actions: [action_pay]
`,
  'flows/pay.yml': `flows:
  pay:
    description: Pay somebody.
    if: slots.amout > 3 && slots.speed
    steps:
      - collect: amuont
      - collect: speed
        next:
          - if: slots.speed = "fats"
            then: quick
          - else: slow
      - id: quick
        action: action_pya
        utter: 5
      - {id: slow, action: action_pay, description: "a very long line that goes on and on until it is far wider than any terminal that anybody is likely to use", next: nowhere, metadata: {}}
`,
  'flows/broken.yml': 'flows:\n\tpay: 1\n',
}

describe('problems written for people', () => {
  it('show the line, the place, what was found and what to do', async () => {
    const { problems, sources } = load(files)
    await expect(problems.map((problem) => written(problem, sources)).join('\n')).toMatchFileSnapshot('golden/problems.txt')
  })

  it('are coloured where colours are wanted', async () => {
    const { problems, sources } = load({ 'flows/a.yml': 'flows:\n  a:\n    description: a\n    steps: [{action: utter_gone}]\n', 'domain.yml': 'slots: {x: {type: text}}\n' })
    await expect(problems.map((problem) => written(problem, sources, { colour: true })).join('\n').replaceAll('\u001b', 'ESC')).toMatchFileSnapshot('golden/problems-coloured.txt')
  })

  it('stand without a picture where there is no place', () => {
    expect(written({ code: 'no-project', severity: 'error', message: 'Nothing here.', place: null, suggestion: 'look elsewhere' }, new Map())).toBe('error: Nothing here. [no-project]\n\n  try:      look elsewhere\n')
  })

  it('let nothing of a file steer the terminal', () => {
    const text = 'a: "\u001b]52;c;aGk=\u0007\u202e\u0085"\n'
    const shown = written({ code: 'x', severity: 'error', message: 'Bad \u001b[2J.', place: { file: 'a\u001b[0m.yml', line: 1, column: 4 }, found: '\r\n' }, new Map([['a\u001b[0m.yml', text]]))
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
  })

  it('keep the carets under the fault, however long the line and whatever its white space', () => {
    for (const column of [1, 5, 79, 81, 99, 120, 250, 299]) {
      const line = `${'\t. '.repeat(100).slice(0, column - 1)}GUILTY${' .'.repeat(50)}`
      const shown = written({ code: 'x', severity: 'error', message: 'm', place: { file: 'f', line: 1, column }, length: 6 }, new Map([['f', line]])).split('\n')
      const [source = '', carets = ''] = [shown[2], shown[3]]
      expect(source.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('GUILTY')
    }
  })
})
