import { describe, expect, it } from 'vitest'
import type { Example } from '../../src/dataset/example.js'
import type { Command } from '../../src/dialogue/commands.js'
import { predicted, measurementOf, type Outcome } from '../../src/understand/measurement.js'

const example = (commands: readonly Command[], id = 'x'): Example => ({
  id, message: 'm', prompt: 'p', completion: 'c', commands, origin: { kind: 'example', file: 'data/a.yml', line: 3, flow: null }, group: 'g', weight: 1,
})
const start: Command = { command: 'start flow', flow: 'pay' }
const amount = (value: number): Command => ({ command: 'set slot', name: 'amount', value })
const cancel: Command = { command: 'cancel flow' }
const outcome = (expected: readonly Command[], given: readonly Command[], probability = 1, milliseconds = 10): Outcome =>
  ({ example: example(expected), prediction: { commands: given, probability, milliseconds } })

describe('a measurement', () => {
  it('counts a message as right only where every command is right and none is too many', () => {
    const { exact, misses } = measurementOf([
      outcome([start, amount(5)], [amount(5), start]), // another order says the same
      outcome([start, amount(5)], [start]),
      outcome([start], [start, amount(5)]),
      outcome([start, amount(5)], [start, amount(6)]),
    ])
    expect(exact).toBe(0.25)
    expect(misses).toHaveLength(3)
    expect(misses[0]).toEqual({ id: 'x', file: 'data/a.yml', line: 3, expected: ['set slot amount 5', 'start flow pay'], given: ['start flow pay'] })
  })
  it('gives precision and recall by command, arguments included', () => {
    const { byCommand, slotValues } = measurementOf([
      outcome([start, amount(5)], [start, amount(6)]),
      outcome([amount(7)], [amount(7)]),
      outcome([cancel], [start]),
    ])
    expect(byCommand).toEqual({
      'cancel flow': { precision: 0, recall: 0, f1: 0, support: 1 },
      'set slot': { precision: 0.5, recall: 0.5, f1: 0.5, support: 2 },
      'start flow': { precision: 0.5, recall: 1, f1: 2 / 3, support: 1 },
    })
    expect(slotValues).toBe(0.5)
  })
  it('says how far confidence is from truth', () => {
    expect(measurementOf([outcome([start], [start], 0.95), outcome([start], [cancel], 0.95)]).calibrationError).toBeCloseTo(0.45)
    expect(measurementOf([outcome([start], [start], 1), outcome([start], [cancel], 0)]).calibrationError).toBe(0)
  })
  it('gives the margin that so few examples leave', () => {
    expect(measurementOf(Array.from({ length: 100 }, (_, index) => outcome([start], [index < 95 ? start : cancel]))).margin).toBeCloseTo(0.0455, 3)
  })
  it('says nothing of slots where none was named', () => {
    expect(measurementOf([outcome([start], [start])]).slotValues).toBeNull()
    expect(measurementOf([])).toMatchObject({ examples: 0, exact: 0 })
  })
  it('asks for each example once, in order, and stops when told to', async () => {
    const asked: string[] = []
    const stop = new AbortController()
    const run = predicted([example([start], 'a'), example([start], 'b'), example([start], 'c')], async ({ id }) => {
      asked.push(id)
      if (id === 'b') stop.abort(new Error('enough'))
      return { commands: [start], probability: 1, milliseconds: 1 }
    }, stop.signal)
    await expect(run).rejects.toThrow('enough')
    expect(asked).toEqual(['a', 'b'])
  })
})
