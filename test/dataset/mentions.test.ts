import { describe, expect, it } from 'vitest'
import { mentionOf } from '../../src/dataset/mentions.js'
import { phrasesOf } from '../../src/dataset/phrases.js'
import { vocabularyOf } from '../../src/dataset/vocabulary.js'
import type { SlotValue } from '../../src/project/types.js'
import { loaded } from '../project/in-memory.js'
import { library } from './library.js'

const project = loaded(library)
const words = vocabularyOf(project, phrasesOf('en'))

describe('where a message says a value', () => {
  it.each<[string, string, SlotValue, string | null, SlotValue?]>([
    ['do you have EMMA?', 'title', 'Emma', 'EMMA', 'EMMA'],
    ['Emmanuel wrote it', 'title', 'Emma', null],
    ['no not Emma, I said Emma', 'title', 'Emma', 'Emma', 'Emma'],
    ['for three weeks', 'weeks', 3, 'three', 3],
    ['about 3, please', 'weeks', 3, '3', 3],
    ['33 weeks', 'weeks', 3, null],
    ['twenty-one of them', 'weeks', 21, 'twenty-one', 21],
    ['the southern one please', 'branch', 'south', 'southern one', 'south'],
    ['down south', 'branch', 'south', 'south', 'south'],
    ['north!', 'branch', 'south', null],
    ['yes', 'lend_confirmed', true, null],
  ])('"%s" for %s %j: %j', (text, name, value, found, kept) => {
    const slot = project.slots.get(name)
    if (slot === undefined) throw new Error(name)
    const span = mentionOf(text, slot, value, words)
    expect(span === null ? null : text.slice(span.start, span.end)).toBe(found)
    if (span !== null) expect(span.value).toBe(kept)
  })
})
