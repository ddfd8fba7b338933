import { createHash } from 'node:crypto'
import { groupsOf } from './duplicates.js'
import type { Candidate } from './finish.js'

/** Text as it is compared for sameness: values and numbers count, casing and marks do not. */
const sameText = (message: string): string => message.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()

/**
 * The group of each candidate: near-duplicate sentences share one, and so do messages that ended up with the same words.
 * Held-out messages may be passed along with the others, so that overlaps show.
 */
export const groupNames = (candidates: readonly Candidate[]): readonly string[] => {
  const byTemplate = groupsOf(candidates.map(({ template }) => template))
  const parent = new Map<string, string>()
  const rootOf = (name: string): string => {
    let root = name
    for (let next = parent.get(root); next !== undefined; next = parent.get(root)) root = next
    return root
  }
  const firstWith = new Map<string, string>()
  for (const { template, example } of candidates) {
    const group = rootOf(byTemplate.get(template) ?? template)
    const text = sameText(example.message)
    const other = firstWith.get(text)
    if (other === undefined) firstWith.set(text, group)
    else {
      const [a, b] = [rootOf(other), group].sort()
      if (a !== undefined && b !== undefined && a !== b) parent.set(b, a)
    }
  }
  return candidates.map(({ template }) => createHash('sha256').update(rootOf(byTemplate.get(template) ?? template)).digest('hex').slice(0, 12))
}
