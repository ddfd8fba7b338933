import { describe, expect, it } from 'vitest'
import { slotKindsOf } from '../../src/dataset/slot-kinds.js'
import type { ReadingPlace } from '../../src/dataset/transcript.js'

const place = (said: string, slots: Readonly<Record<string, string>> | null): ReadingPlace => ({ before: [{ from: 'user', text: said }], known: [], flow: 'book', slots })
const kindOf = (places: readonly ReadingPlace[]): unknown => slotKindsOf(places).map(({ kind, ...rest }) => (kind === 'choice' ? { ...rest, kind } : kind))

describe('the kind of a slot', () => {
  it('is words where its values are said as they are', () => {
    expect(kindOf(['Ana', 'Bob', 'Cyd'].map((name) => place(`I am ${name}.`, { Name: name })))).toEqual(['words'])
  })

  it('is a choice of the usual spellings where values are said in other words', () => {
    const places = [place('I walk', { Mode: 'Walking' }), place('on foot', { Mode: 'walking' }), place('walk', { Mode: 'Walking' }), place('by car', { Mode: 'Driving' }), place('bus', { Mode: 'Transit' })]
    expect(slotKindsOf(places)).toEqual([{ flow: 'book', slot: 'Mode', kind: 'choice', values: ['Walking', 'Driving', 'Transit'] }])
  })

  it('is a choice with two values, however they are said', () => {
    expect(slotKindsOf([place('yes', { Paid: 'Yes' }), place('no', { Paid: 'No' })])).toEqual([{ flow: 'book', slot: 'Paid', kind: 'choice', values: ['Yes', 'No'] }])
  })

  it('is words where there are too many values to choose from', () => {
    const places = Array.from({ length: 200 }, (_, at) => place(at % 2 === 0 ? `number ${at}` : 'no number', { Id: String(at) }))
    expect(kindOf(places)).toEqual(['words'])
  })

  it('is kept apart by flow, in the order of names, and requests say nothing', () => {
    const places = [place('b', { B: 'b' }), { ...place('a', { A: 'x' }), flow: 'ask' }, place('c', null), place('a', { A: 'y' })]
    expect(slotKindsOf(places).map(({ flow, slot }) => `${flow} ${slot}`)).toEqual(['ask A', 'book A', 'book B'])
  })
})
