import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ensureEncoder } from '../../src/fetch/ensure-encoder.js'
import { bertGguf } from '../../src/model/bert-gguf.js'
import { earOf } from '../../src/understand/coexisting.js'
import { readNlu, trainNlu, writeNlu } from '../../src/understand/nlu-model.js'
import { withEncoder } from '../../src/understand/own-encoder.js'
import { projectFrom } from '../actions/small-project.js'

const project = projectFrom({
  'config.yml': 'pipeline:\n  - name: NLUCommandAdapter\n',
  'nlu.yml': '', 'data/nlu.yml': `
responses: {utter_ok: [{text: ok}]}
rules:
  - {rule: a, steps: [{intent: lost_card}, {action: utter_ok}]}
  - {rule: b, steps: [{intent: opening}, {action: utter_ok}]}
  - {rule: c, steps: [{intent: transfer}, {action: utter_ok}]}
  - {rule: d, steps: [{intent: goodbye}, {action: utter_ok}]}
nlu:
  - intent: lost_card
    examples: |
      - my card is gone
      - i cannot find my credit card
      - somebody took my card
      - the card was stolen yesterday
      - block my card, it disappeared
  - intent: opening
    examples: |
      - when do you open
      - opening times please
      - are you open on sunday
      - until when can i come by
      - what are your hours
  - intent: transfer
    examples: |
      - send money to [my mother](payee)
      - transfer [20 euros](amount) to [Ann](payee)
      - i want to wire [100](amount) to my landlord
      - pay [Bob](payee) back
      - make a payment
  - intent: goodbye
    examples: |
      - see you
      - bye for now
      - that was all, thanks
      - have a good day
      - until next time
`,
})

it('tells intents of sentences that it has not learned, reads back what it wrote, and is unsure of nonsense', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nlu-'))
  try {
    await withEncoder(await bertGguf(await ensureEncoder()), async ({ name, embed }) => {
      const { heads, accuracy } = await trainNlu(project, embed, name)
      expect(accuracy).toBeGreaterThan(0.6)
      await writeNlu(join(folder, 'nlu.json'), heads)
      const read = await readNlu(join(folder, 'nlu.json'))
      expect(read).toEqual(heads)
      const ear = earOf(project, read!, embed, async () => { /* the encoder is disposed of outside */ })
      const asked: readonly (readonly [string, string])[] = [
        ['someone stole my bank card', 'lost_card'], ['I lost my debit card on the train', 'lost_card'], ['at what time do you close', 'opening'],
        ['are you there on saturdays', 'opening'], ['please move some money to Carol', 'transfer'], ['farewell', 'goodbye'],
      ]
      const sure: number[] = []
      for (const [text, intent] of asked) {
        const { heard } = await ear.hear(text)
        expect([text, heard.intent?.name]).toEqual([text, intent])
        sure.push(heard.intent?.confidence ?? 0)
      }
      const { heard: nonsense } = await ear.hear('the colour of photosynthesis')
      expect(nonsense.intent?.confidence).toBeLessThan(sure.reduce((sum, one) => sum + one, 0) / sure.length)
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}, 600_000)
