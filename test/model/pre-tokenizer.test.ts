import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { preTokenizers } from '../../src/model/pre-tokenizer.js'
import { fixture } from './fixtures.js'

type Row = { readonly text: string } & Readonly<Record<string, readonly string[]>>
const table = readFileSync(fixture('words.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Row)

describe.each([...preTokenizers])('%s', (name, { words }) => {
  it('cuts text as Hugging Face does', () => {
    expect(table.length).toBeGreaterThan(150)
    const wrong = table.map(({ text, [name]: expected }) => ({ text, found: [...words(text)], expected }))
      .filter(({ found, expected }) => JSON.stringify(found) !== JSON.stringify(expected))
    expect(wrong).toEqual([])
  })

  it('loses nothing of a text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      expect([...words(text)].join('')).toBe(text)
    }))
  })
})
