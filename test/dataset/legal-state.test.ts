import { describe, expect, it } from 'vitest'
import { buildDataset } from '../../src/dataset/build.js'
import { legalFrom, legalState } from '../../src/dataset/legal-state.js'
import { phrasesOf } from '../../src/dataset/phrases.js'
import { spotsOf } from '../../src/dataset/spots.js'
import { vocabularyOf } from '../../src/dataset/vocabulary.js'
import { isReachable, startOf } from '../../src/language/grammar.js'
import { loaded } from '../project/in-memory.js'
import { library } from './library.js'

const project = loaded(library)

describe('what was legal where an example was made', () => {
  it('is what the engine allowed there', () => {
    const spots = spotsOf(project, vocabularyOf(project, phrasesOf('en')), 1)
    const all = [...spots.idle, ...[...spots.asking.values()].flat(), ...spots.interrupting, ...spots.pattern]
    expect(all.length).toBeGreaterThan(20)
    for (const { legal } of all) expect(legalFrom(project, legalState(legal))).toEqual(legal)
  })
  it('lets the decoder write every completion', () => {
    const { train, dev, test } = buildDataset(project, [])
    for (const { legal, message, completion } of [...train, ...dev, ...test]) {
      expect(legal !== undefined && isReachable(startOf(legalFrom(project, legal), message), completion)).toBe(true)
    }
  })
})
