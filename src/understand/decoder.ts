import type { Command } from '../dialogue/commands.js'
import { endKind } from '../language/kind.js'
import type { TokenPosition } from '../language/token-trie.js'
import { logSoftmax, type LogitSource } from './logit-source.js'

export type DecoderOptions = {
  /** Divides logits before they become probabilities: the calibration fitted on the development set. */
  readonly temperature: number
  /** Model calls one command may cost before the search stops looking back and follows the best branch down. */
  readonly callsPerCommand: number
  /** Further calls for ranking the alternatives to the first command, where it is less probable than `clear`. */
  readonly callsForCandidates: number
  readonly clear: number
}
export const decoderOptions = (given: Partial<DecoderOptions> = {}): DecoderOptions =>
  ({ temperature: 1, callsPerCommand: 48, callsForCandidates: 0, clear: 0.9, ...given })

export type DecodedCandidate = { readonly command: Command; readonly probability: number }
export type Decoded = {
  readonly commands: readonly Command[]
  /** Probability of the whole sequence among legal ones: the product of the branches taken. */
  readonly probability: number
  /** Alternatives at the first command that were told apart from all others, likeliest first. Exact; their sum is at most 1. */
  readonly candidates: readonly DecodedCandidate[]
  /** How often the model was asked. */
  readonly calls: number
}

/** What somebody else holds of the next line's kind: a logarithm that is added to the model's own, up to a constant. */
export type Leaning = (kind: string) => number
/** The same after lines of the kinds `said`, where only `open` may follow. */
export type SecondOpinion = (said: readonly string[], open: ReadonlySet<string>) => Leaning

/**
 * Translates by search in the tree of legal completions. Each command is the likeliest of all that are legal next, found by
 * looking into the likeliest beginning first (uniform-cost search); the commands of one message follow each other greedily.
 * Ids without an alternative are not scored: they ride along with the next call.
 * With a second opinion, each command is the one with the highest sum of both logarithms, and so is whether another one follows;
 * probabilities are those of this product. Beginnings that were not told apart count with the most they can be, so that none is overstated.
 */
export const decode = async (
  source: LogitSource, prompt: readonly number[], start: TokenPosition, options: DecoderOptions = decoderOptions(), signal?: AbortSignal, opinion: SecondOpinion | null = null,
): Promise<Decoded> => {
  let calls = 0
  const scores: Score = async ({ ids, position }) => {
    signal?.throwIfAborted()
    calls++
    return logSoftmax(await source.logits([...prompt, ...ids], [...position.next().keys()], signal), options.temperature)
  }
  let [place, logProbability]: [Place, number] = [{ ids: [], position: start, score: 0, lean: 0 }, 0]
  let candidates: readonly DecodedCandidate[] | null = null
  while (!place.position.ended) {
    const lean = opinion === null ? null : opinion(place.position.said, place.position.kinds())
    const search = await likeliestLine({ ...place, score: 0, lean: leanAt(place.position, lean) }, lean, scores, options.callsPerCommand)
    const { best } = search
    let { total } = search
    if (candidates === null) {
      const isClear = best.score + best.lean - total >= Math.log(options.clear)
      const entries = await furtherLooks(search, lean, scores, isClear ? 0 : options.callsForCandidates)
      if (lean !== null) total = logSum([...entries.map(bounded), ...search.dropped])
      candidates = ranked(entries, total)
    }
    place = await closed(best, scores, opinion)
    logProbability += place.score + best.lean - total
  }
  return { commands: place.position.commands, probability: Math.exp(logProbability), candidates: candidates ?? [], calls }
}

/** A point of the search: ids after the prompt, the logarithm of their probability since this command began, and the most that a leaning adds. */
type Place = { readonly ids: readonly number[]; readonly position: TokenPosition; readonly score: number; readonly lean: number }
type Ending = { readonly id: number; readonly position: TokenPosition; readonly score: number }
/** A place where the command is settled and only its ending is open: another line, or the end of all. */
type Line = Place & { readonly command: Command; readonly endings: readonly Ending[] | null }
type Search = {
  readonly best: Line
  readonly others: readonly (Place | Line)[]
  /** What the search no longer looks back at. */
  readonly dropped: readonly { readonly score: number }[]
  /** Logarithm of what all scores with their leanings sum up to: 0 without a leaning. */
  readonly total: number
}
type Score = (place: Place) => Promise<readonly number[]>

const isLine = (entry: Place | Line): entry is Line => 'endings' in entry

const leanAt = (position: TokenPosition, leaning: Leaning | null): number => (leaning === null ? 0 : Math.max(...[...position.kinds()].map(leaning)))
const bounded = ({ score, lean }: Place | Line): { readonly score: number } => ({ score: score + lean })

/** A place is never worth less than what comes of it, so the line that is found first is the best. */
const likeliestLine = async (start: Place, leaning: Leaning | null, scores: Score, mostCalls: number): Promise<Search> => {
  let frontier: readonly (Place | Line)[] = [start]
  const dropped: { readonly score: number }[] = []
  for (let calls = 0; ; calls++) {
    const { best, others } = parted(frontier)
    const settled = settledAt(best)
    if (isLine(settled)) return { best: settled, others, dropped, total: leaning === null ? 0 : logSum([...[settled, ...others].map(bounded), ...dropped]) }
    const grown = await lookedInto(settled, leaning, scores)
    if (calls >= mostCalls) dropped.push(...others.map(bounded))
    frontier = calls < mostCalls ? [...others, ...grown] : grown
  }
}

/** Spends calls on open places, likeliest first, so that more commands are told apart. */
const furtherLooks = async ({ best, others }: Search, leaning: Leaning | null, scores: Score, calls: number): Promise<readonly (Place | Line)[]> => {
  let [lines, open]: [readonly (Place | Line)[], readonly (Place | Line)[]] = [[best], others]
  for (let left = calls; left > 0 && open.length > 0; ) {
    const { best: next, others: rest } = parted(open)
    const settled = settledAt(next)
    if (isLine(settled)) [lines, open] = [[...lines, settled], rest]
    else [open, left] = [[...rest, ...(await lookedInto(settled, leaning, scores))], left - 1]
  }
  return [...lines, ...open]
}

const leastShown = 0.002
const mostShown = 10

const ranked = (entries: readonly (Place | Line)[], total: number): readonly DecodedCandidate[] =>
  entries
    .filter(({ score, lean }) => score + lean - total >= Math.log(leastShown))
    .map(settledAt)
    .filter(isLine)
    .map(({ command, score, lean }) => ({ command, probability: Math.exp(score + lean - total) }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, mostShown)

const parted = (entries: readonly (Place | Line)[]): { readonly best: Place | Line; readonly others: readonly (Place | Line)[] } => {
  let best = 0
  entries.forEach((entry, index) => {
    const leader = entries[best]
    if (leader !== undefined && bounded(entry).score > bounded(leader).score) best = index
  })
  const entry = entries[best]
  if (entry === undefined) throw new Error('search without a place to look: the grammar has a dead end')
  return { best: entry, others: entries.filter((_, index) => index !== best) }
}

/** Walks on while there is one way only; tells a line where all ways end the same command. */
const settledAt = (entry: Place | Line): Place | Line => {
  if (isLine(entry)) return entry
  let { ids, position } = entry
  for (;;) {
    const [only, second] = position.next()
    if (only === undefined) throw new Error('a position with no way on and no end: the grammar has a dead end')
    const commands = [...position.next().values()].map((next) => completedBy(position, next))
    const [command] = commands
    if (command !== null && command !== undefined && commands.every((other) => other === command)) return { ids, position, score: entry.score, lean: entry.lean, command, endings: null }
    if (second !== undefined) return { ids, position, score: entry.score, lean: entry.lean }
    ;[ids, position] = [[...ids, only[0]], only[1]]
  }
}

const completedBy = (position: TokenPosition, next: TokenPosition): Command | null =>
  next.commands.length > position.commands.length ? (next.commands.at(-1) ?? null) : null

/** Scores a branch. Its endings stay together as one line: which of them follows is not part of which command it is. */
const lookedInto = async (place: Place, leaning: Leaning | null, scores: Score): Promise<readonly (Place | Line)[]> => {
  const logs = await scores(place)
  const open: Place[] = []
  const lines = new Map<Command, { readonly endings: Ending[]; readonly kind: string }>()
  Array.from(place.position.next()).forEach(([id, position], index) => {
    const score = logs[index] ?? -Infinity
    const command = completedBy(place.position, position)
    if (command === null) open.push({ ids: [...place.ids, id], position, score: place.score + score, lean: leanAt(position, leaning) })
    else lines.set(command, { endings: [...(lines.get(command)?.endings ?? []), { id, position, score }], kind: position.said.at(-1) ?? '' })
  })
  return [...open, ...[...lines].map(([command, { endings, kind }]) =>
    ({ ...place, command, endings, score: place.score + logSum(endings), lean: leaning?.(kind) ?? 0 }))]
}

const logSum = (endings: readonly { readonly score: number }[]): number => {
  const highest = Math.max(...endings.map(({ score }) => score))
  return highest + Math.log(endings.reduce((sum, { score }) => sum + Math.exp(score - highest), 0))
}

/** Takes the likelier ending of a line; the score is that of line and ending together. */
const closed = async (line: Line, scores: Score, opinion: SecondOpinion | null): Promise<Place> => {
  const alone = line.endings ?? (await endingsOf(line, scores))
  const endings = opinion === null || alone.length < 2 ? alone : leant(alone, opinion)
  const [first, ...rest] = endings
  if (first === undefined) throw new Error('a line that cannot end: the grammar has a dead end')
  const ending = rest.reduce((best, other) => (other.score > best.score ? other : best), first)
  return { ids: [...line.ids, ending.id], position: ending.position, score: line.score + ending.score - logSum(endings), lean: 0 }
}

/** Whether all is said, beside all that may still follow. */
const leant = (endings: readonly Ending[], opinion: SecondOpinion): readonly Ending[] => {
  const kinds = new Set(endings.flatMap(({ position }) => [...position.kinds()]))
  const said = endings[0]?.position.said ?? []
  const leaning = opinion(said, new Set([...kinds, endKind]))
  const onward = logSum([...kinds].map((kind) => ({ score: leaning(kind) })))
  return endings.map((ending) => ({ ...ending, score: ending.score + (ending.position.ended ? leaning(endKind) : onward) }))
}

const endingsOf = async (line: Line, scores: Score): Promise<readonly Ending[]> => {
  const ways = [...line.position.next()]
  const logs = ways.length === 1 ? [0] : await scores(line)
  return ways.map(([id, position], index) => ({ id, position, score: logs[index] ?? -Infinity }))
}
