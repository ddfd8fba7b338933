import { describe, expect, it } from 'vitest'
import { listed, nearest } from '../../src/project/nearest.js'

describe('the nearest name', () => {
  const names = ['amount', 'recipient', 'account', 'a', 'transfer_confirmed']
  it.each([
    ['amuont', 'amount'], ['Amount', 'amount'], ['accuont', 'account'], ['recipeint', 'recipient'], ['transfer_confirm', 'transfer_confirmed'],
    ['weather', null], ['A', 'a'], ['b', null], ['', null], ['xyzxyz', null],
  ])('to %j is %j', (name, near) => expect(nearest(name, names)).toBe(near))

  it('is the first of equals, and nothing among none', () => {
    expect(nearest('cat', ['bat', 'rat'])).toBe('bat')
    expect(nearest('cat', [])).toBeNull()
  })
})

describe('a list of names', () => {
  it('is sorted, and cut where it is long', () => {
    expect(listed(['b', 'a'])).toBe('a, b')
    expect(listed(['c', 'b', 'a', 'd'], 2)).toBe('a, b and 2 more')
  })
})
