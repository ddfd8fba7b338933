import { tensor, tidy, variableGrads } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { randomOf } from '../../../src/dataset/random.js'
import { createSlotHead, shapesOf, slotHeadParts, type SlotHeadNumbers, type SlotQuestions } from '../../../src/model/encoder/slot-head.js'
import { openTestTensors } from '../../tensor/tensors.js'

const questions: SlotQuestions = {
  hidden: 3, classes: 4,
  choices: [{ name: 0, allowed: [1, 2] }, { name: 1, allowed: [0, 1, 2, 3] }, { name: 1, allowed: [0, 3] }],
  words: [{ name: 0 }, { name: 1 }, { name: 0 }],
}
const random = randomOf('slot head')
const drawn = (size: number): Float32Array => Float32Array.from({ length: size }, () => random.next() * 2 - 1)
const numbers = Object.fromEntries(Object.entries(shapesOf(questions)).map(([part, [rows, columns]]) => [part, drawn(rows * columns)])) as unknown as SlotHeadNumbers
const [texts, length] = [2, 5]
const tokens = drawn(texts * length * questions.hidden)
const mask = Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0)

beforeAll(async () => { await openTestTensors() })

/** Row by row, by the words of the comment in slot-head.ts. */
const row = (part: keyof SlotHeadNumbers, at: number, columns: number): readonly number[] => [...numbers[part].subarray(at * columns, (at + 1) * columns)]
const plus = (left: readonly number[], right: readonly number[]): readonly number[] => left.map((value, at) => value + (right[at] ?? 0))
const dot = (left: readonly number[], right: readonly number[]): number => left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)
const tokensOf = (text: number): readonly (readonly number[])[] =>
  Array.from({ length }, (_, at) => [...tokens.subarray((text * length + at) * 3, (text * length + at + 1) * 3)]).filter((_, at) => mask[text * length + at] === 1)
const expectedChoice = (text: number, question: number): readonly number[] => {
  const { name = 0, allowed = [] } = questions.choices[question] ?? {}
  const query = plus(row('queryShared', name, 3), row('queryOwn', question, 3))
  const weights = tokensOf(text).map((token) => Math.exp(dot(query, token) / Math.sqrt(3)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const seen = [0, 1, 2].map((axis) => tokensOf(text).reduce((sum, token, at) => sum + (token[axis] ?? 0) * (weights[at] ?? 0) / total, 0))
  return [0, 1, 2, 3].map((one) => (allowed.includes(one) ? dot(seen, [0, 1, 2].map((axis) => numbers.classShared[name * 12 + axis * 4 + one] ?? 0)) + (numbers.classBias[question * 4 + one] ?? 0) : -Infinity))
}

describe('questions about the tokens of a text', () => {
  it('are answered as the same sums done one by one', () => {
    const head = createSlotHead(questions, numbers)
    const { choices, starts, ends } = tidy(() => {
      const answers = head.answer(tensor(tokens, [texts * length, 3]), tensor(mask, [texts, length]))
      return { choices: answers.choices.arraySync(), starts: answers.starts.arraySync(), ends: answers.ends.arraySync() }
    })
    for (let text = 0; text < texts; text += 1) {
      questions.choices.forEach((_, question) => {
        expectedChoice(text, question).forEach((logit, at) => {
          const found = choices[text]?.[question]?.[at] ?? NaN
          if (logit === -Infinity) expect(found).toBeLessThan(-1e8)
          else expect(found).toBeCloseTo(logit, 4)
        })
      })
      questions.words.forEach(({ name }, question) => {
        const both = plus(row('wordShared', name, 6), row('wordOwn', question, 6))
        tokensOf(text).forEach((token, at) => {
          expect(starts[text]?.[question]?.[at]).toBeCloseTo(dot(token, both.slice(0, 3)), 4)
          expect(ends[text]?.[question]?.[at]).toBeCloseTo(dot(token, both.slice(3)), 4)
        })
      })
    }
    expect(starts[1]?.[0]?.[4]).toBeLessThan(-1e8) // padding
    head.dispose()
  })

  it('have gradients that agree with small steps', () => {
    const head = createSlotHead(questions, numbers)
    const loss = () => {
      const { choices, starts, ends } = head.answer(tensor(tokens, [texts * length, 3]), tensor(mask, [texts, length]))
      return choices.softmax().square().sum().add(starts.softmax().square().sum()).add(ends.softmax().square().sum()).asScalar()
    }
    const { value, grads } = variableGrads(loss, [...head.variables])
    slotHeadParts.forEach((part, index) => {
      const at = Math.floor(numbers[part].length / 2)
      const moved = (by: number): number => {
        const other = createSlotHead(questions, { ...numbers, [part]: numbers[part].map((number, place) => (place === at ? number + by : number)) })
        const found = tidy(() => {
          const { choices, starts, ends } = other.answer(tensor(tokens, [texts * length, 3]), tensor(mask, [texts, length]))
          return choices.softmax().square().sum().add(starts.softmax().square().sum()).add(ends.softmax().square().sum()).dataSync()[0] ?? NaN
        })
        other.dispose()
        return found
      }
      const gradient = grads[head.variables[index]?.name ?? '']?.dataSync()[at] ?? NaN
      expect(gradient, part).toBeCloseTo((moved(1e-2) - moved(-1e-2)) / 2e-2, 3)
    })
    value.dispose()
    head.dispose()
  })

  it('begin without an opinion, and are kept and read as they are', () => {
    const fresh = createSlotHead(questions)
    expect(Object.values(fresh.numbers()).every((part) => part.every((number) => number === 0))).toBe(true)
    const head = createSlotHead(questions, numbers)
    expect(head.numbers()).toEqual(numbers)
    fresh.dispose()
    head.dispose()
  })
})
