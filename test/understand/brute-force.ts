import type { Command } from '../../src/dialogue/commands.js'
import { endKind } from '../../src/language/kind.js'
import type { TokenPosition } from '../../src/language/token-trie.js'
import type { SecondOpinion } from '../../src/understand/decoder.js'
import type { LogitSource } from '../../src/understand/logit-source.js'

/** Logits that depend on all ids before, without any pattern: what a model could at worst be. Sharper with a larger `scale`. */
export const noise = (seed: number, scale = 3): LogitSource & { calls: number } => {
  const source = {
    calls: 0,
    logits: async (tokens: readonly number[], wanted: readonly number[]) => {
      source.calls++
      const before = tokens.reduce((hash, id) => Math.imul(hash ^ id, 0x01000193) >>> 0, (0x811c9dc5 ^ seed) >>> 0)
      return wanted.map((id) => {
        let hash = Math.imul(before ^ id, 0x9e3779b1) >>> 0
        hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0
        return scale * Math.log(((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32 + 1e-9)
      })
    },
  }
  return source
}

type Spelled = { readonly command: Command; readonly probability: number; readonly ids: readonly number[]; readonly position: TokenPosition }

/** Every way to spell the next line, with its probability: slow, and plain enough to trust. */
const spellings = async (source: LogitSource, ids: readonly number[], position: TokenPosition, probability: number): Promise<readonly Spelled[]> => {
  const next = [...position.next()]
  const logits = await source.logits(ids, next.map(([id]) => id))
  const highest = Math.max(...logits)
  const weights = logits.map((logit) => Math.exp(logit - highest))
  const total = weights.reduce((a, b) => a + b, 0)
  const all: Spelled[] = []
  for (const [index, [id, child]] of next.entries()) {
    const share = probability * (weights[index]! / total)
    const command = child.commands.length > position.commands.length ? child.commands.at(-1) : undefined
    if (command === undefined) all.push(...(await spellings(source, [...ids, id], child, share)))
    else all.push({ command, probability: share, ids: [...ids, id], position: child })
  }
  return all
}

/** Scores every legal line in full, takes the likeliest command, its likeliest ending, and so on to the end. */
export const bruteForce = async (source: LogitSource, prompt: readonly number[], start: TokenPosition, opinion: SecondOpinion | null = null) => {
  let [ids, position, probability] = [prompt, start, 1]
  let first: ReadonlyMap<string, number> | null = null
  while (!position.ended) {
    const leaning = opinion?.(position.said, position.kinds()) ?? (() => 0)
    const all = (await spellings(source, ids, position, 1)).map((one) => ({ ...one, mass: one.probability * Math.exp(leaning(one.position.said.at(-1) ?? '')) }))
    const total = all.reduce((sum, { mass }) => sum + mass, 0)
    const masses = new Map<string, number>()
    for (const { command, mass } of all) masses.set(JSON.stringify(command), (masses.get(JSON.stringify(command)) ?? 0) + mass / total)
    first ??= masses
    const [best, share] = [...masses].reduce((a, b) => (b[1] > a[1] ? b : a))
    const endings = all.filter(({ command }) => JSON.stringify(command) === best)
    const following = endings.flatMap((one) => [...one.position.kinds()])
    const onward = opinion?.(endings[0]?.position.said ?? [], new Set([...following, endKind])) ?? (() => 0)
    const weights = endings.map((one) => one.probability * (opinion === null || endings.length < 2 ? 1
      : one.position.ended ? Math.exp(onward(endKind)) : [...new Set(following)].reduce((sum, kind) => sum + Math.exp(onward(kind)), 0)))
    const chosen = weights.indexOf(Math.max(...weights))
    const ending = endings[chosen] ?? (() => { throw new Error('a line without an end') })()
    probability *= share * (weights[chosen] ?? 0) / weights.reduce((sum, weight) => sum + weight, 0)
    ;[ids, position] = [ending.ids, ending.position]
  }
  return { commands: position.commands, probability, first: first ?? new Map<string, number>() }
}
