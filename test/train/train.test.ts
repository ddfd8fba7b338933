import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TrainProgress } from '../../src/train/progress.js'
import { train, type TrainOutcome } from '../../src/train/train.js'
import { temporaryFolder } from '../model/fixtures.js'
import { tinyJob } from './tiny.js'

const adapterBytes = (outcome: TrainOutcome): Buffer => readFileSync(join(outcome.folder, 'adapter.gguf'))

describe('train', () => {
  it('learns, and writes an adapter, a card and a record', async () => {
    const seen: TrainProgress[] = []
    const outcome = await train(await tinyJob(await temporaryFolder(), { report: (progress) => { seen.push(progress) } }))
    if (outcome.kind !== 'trained') throw new Error(outcome.kind)
    const steps = seen.flatMap((one) => (one.kind === 'step' ? [one] : []))
    console.log(steps.map(({ loss }) => loss), outcome.record.evaluation)
    expect(steps.at(-1)?.loss).toBeLessThan((steps[0]?.loss ?? 0) / 2)
    expect(adapterBytes(outcome).length).toBeGreaterThan(1000)
  }, 300_000)
})
