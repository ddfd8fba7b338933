import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitted } from '../../src/understand/label-fit.js'
import { labelFigures } from '../../src/understand/label-figures.js'
import { readLabelModel, verdictOf, writeLabelModel, type LabelModel } from '../../src/understand/label-model.js'
import { temporaryFolder } from '../model/fixtures.js'

const model: LabelModel = {
  encoder: 'all-minilm-l6-v2', labels: ['a', 'b', 'oos'], outOfScope: 'oos', directions: Float32Array.of(1, 0, 0, 1, -1, 0), scale: 4, threshold: 1.6,
  neighbours: { embeddings: Float32Array.of(1, 0, 0, 1, -1, 0), labels: Int32Array.of(0, 1, 2) }, neighbourWeight: 0, temperature: 1,
}
const at = (degrees: number): Float32Array => Float32Array.of(Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180))

describe('a model of labels', () => {
  it.each([[0, 'a'], [20, 'a'], [90, 'b'], [45, 'oos'], [180, 'oos'], [225, 'oos']])('takes a message at %i degrees for %s', (degrees, label) => {
    expect(verdictOf(model, at(degrees)).label).toBe(label)
  })

  it('lets messages that were learned nearby decide', () => {
    const near = { ...model, neighbours: { embeddings: Float32Array.from([...at(40), ...at(41), ...at(90)]), labels: Int32Array.of(1, 1, 0) } }
    expect(verdictOf(near, at(40)).label).toBe('a')
    expect(verdictOf({ ...near, neighbourWeight: 2 }, at(40)).label).toBe('b')
  })

  it('without a label for out of scope always chooses the likeliest', () => {
    expect(verdictOf({ ...model, labels: ['a', 'b', 'c'], outOfScope: null }, at(46)).label).toBe('b')
  })

  it('is read as it was written', async () => {
    const folder = await temporaryFolder()
    await writeLabelModel(folder, model)
    expect(await readLabelModel(folder)).toEqual(model)
    expect(await readLabelModel(join(folder, 'elsewhere'))).toBeNull()
  })

  it.each([
    ['no JSON', '{', 'found no JSON'],
    ['another version', '{"version": 7}', 'found version 7'],
    ['one label', '{"version": 1, "encoder": "all-mpnet-base-v2", "labels": ["a"], "outOfScope": null}', 'no labels'],
    ['texts for numbers', '{"version": 1, "encoder": "all-mpnet-base-v2", "labels": ["a", "b"], "outOfScope": null, "scale": "1"}', 'scale, threshold'],
    ['neighbours of unknown labels', JSON.stringify({ version: 1, ...model, directions: 0, neighbours: 0, neighbourLabels: [0, 3] }), 'neighbourLabels'],
    ['other labels than directions', JSON.stringify({ version: 1, ...model, labels: ['a', 'b'], directions: 0, neighbours: 0, neighbourLabels: [0, 1, 0] }), '2 labels and 3 neighbours'],
  ])('with %s is refused', async (_what, text, message) => {
    const folder = await temporaryFolder()
    await writeLabelModel(folder, model)
    await writeFile(join(folder, 'labels.json'), text)
    await expect(readLabelModel(folder)).rejects.toThrow(message)
  })
})

describe('fitting', () => {
  const shown = [0, 5, 85, 95, 30, 60].map((degrees) => ({ embedding: at(degrees), label: degrees < 45 ? 'a' : 'b' }))
  const strangers = [44, 46, 45, 180].map((degrees) => ({ embedding: at(degrees), label: 'oos' }))

  it('finds a threshold that tells what is out of scope without losing what is in it', () => {
    const { threshold } = fitted({ ...model, threshold: -2 }, [...shown, ...strangers])
    const verdicts = [...shown, ...strangers].map(({ embedding, label }) => verdictOf({ ...fitted({ ...model, threshold: -2 }, [...shown, ...strangers]) }, embedding).label === label)
    expect(threshold).toBeGreaterThan(0)
    expect(verdicts).toEqual(verdicts.map(() => true))
    expect(fitted(model, [])).toBe(model)
  })

  it('makes an unsure model of one that is often wrong, and never changes what it holds likeliest', () => {
    const wrong = [...shown, ...shown.map(({ embedding, label }) => ({ embedding, label: label === 'a' ? 'b' : 'a' }))]
    const { temperature } = fitted({ ...model, outOfScope: null }, wrong)
    expect(temperature).toBeGreaterThan(2)
    fc.assert(fc.property(fc.integer({ min: 0, max: 359 }), (degrees) => {
      const plain = { ...model, outOfScope: null }
      expect(verdictOf({ ...plain, temperature }, at(degrees)).label).toBe(verdictOf(plain, at(degrees)).label)
    }))
  })
})

describe('figures of labels', () => {
  const verdict = (label: string, probability: number) => ({ label, probability })

  it('count in scope and out of scope apart', () => {
    const figures = labelFigures([
      { text: '1', label: 'a', verdict: verdict('a', 1) }, { text: '2', label: 'a', verdict: verdict('b', 1) }, { text: '3', label: 'b', verdict: verdict('oos', 1) },
      { text: '4', label: 'oos', verdict: verdict('oos', 1) }, { text: '5', label: 'oos', verdict: verdict('a', 1) }, { text: '6', label: 'c', verdict: verdict('a', 1) },
    ], ['a', 'b'], 'oos')
    expect(figures).toMatchObject({ messages: 6, accuracy: 2 / 6, inScope: { messages: 4, accuracy: 1 / 4 }, outOfScope: { messages: 2, recall: 0.5, precision: 0.5 }, unknown: 1 })
    expect(figures.calibrationError).toBeCloseTo(4 / 6)
    expect(figures.confusions).toHaveLength(4)
  })
})
