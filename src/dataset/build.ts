import type { Project } from '../project/types.js'
import { capped, cellOf, weightsOf, type Limits } from './balance.js'
import { settled } from './conflicts.js'
import type { Dialogue } from './dialogues.js'
import type { Example } from './example.js'
import { finished, type Candidate } from './finish.js'
import { fromDialogues } from './from-dialogues.js'
import { defaultCopies, fromExamples, type Copies } from './from-examples.js'
import { fromFlows } from './from-flows.js'
import { groupNames } from './groups.js'
import { phrasesOf } from './phrases.js'
import type { Placing } from './placing.js'
import { qualityOf, type Quality } from './quality.js'
import { questionsOf } from './questions.js'
import { randomOf } from './random.js'
import { severalAtOnce } from './several.js'
import { defaultShares, partsOf, type Part, type Shares } from './split.js'
import { spotsOf } from './spots.js'
import { vocabularyOf } from './vocabulary.js'

export type DatasetOptions = {
  readonly seed: number
  readonly shares: Shares
  readonly copies: Copies
  /** How many examples of one kind about one flow. */
  readonly limits: Limits
}
export const withDefaults = (options: Partial<DatasetOptions> = {}): DatasetOptions =>
  ({ seed: 1, shares: defaultShares, copies: defaultCopies, limits: { enough: 12, largestCell: 400 }, ...options })

export type Dataset = {
  readonly train: readonly Example[]
  /** What could be learned too, but would make `train` too large or too uneven for the language model. Near nothing in dev and test. */
  readonly further: readonly Example[]
  readonly dev: readonly Example[]
  readonly test: readonly Example[]
  /** Turns of held-out conversations, as they are: nothing of them was learned. */
  readonly heldOut: readonly Example[]
  readonly report: Quality
}

/** What the project tests must be understood, so its messages are learned, and each counts for several. */
const testWeight = 3

/** Everything the project says about how people talk, as examples. Decided by seed and content alone. */
export const buildDataset = (project: Project, dialogues: readonly Dialogue[], partial: Partial<DatasetOptions> = {}): Dataset => {
  const options = withDefaults(partial)
  const { seed } = options
  const phrases = phrasesOf(project.config.language)
  const words = vocabularyOf(project, phrases)
  const spots = spotsOf(project, words, seed)
  const placing: Placing = { project, words, phrases, seed, spots, questions: questionsOf(spots) }

  const conversations = fromDialogues(placing, dialogues)
  const drafts = [...conversations.drafts, ...fromExamples(placing, options.copies), ...fromFlows(placing), ...severalAtOnce(placing)]
  const learned = finished(project, drafts)
  const held = finished(project, conversations.heldOut)
  const { candidates: distinct, conflicts, identical } = settled(learned.candidates)
  const candidates = capped(distinct, options.limits, seed)
  const kept = new Set(candidates)

  const names = groupNames([...distinct, ...held.candidates])
  const weights = weightsOf(candidates)
  const weightOf = (candidate: Candidate): number =>
    (weights.get(cellOf(candidate)) ?? 1) * (candidate.example.origin.kind === 'e2e' ? testWeight : 1)
  const complete = (candidate: Candidate, group: string): Example => ({ ...candidate.example, group, weight: weightOf(candidate) })
  const all = distinct.map((candidate, index) => complete(candidate, names[index] ?? ''))
  const heldOut = held.candidates.map((candidate, index) => ({ ...complete(candidate, names[distinct.length + index] ?? ''), weight: 1 }))

  const parts = partsOf(all.map((example) => ({ group: example.group, stratum: stratumOf(example), isToLearn: example.origin.kind === 'e2e' })), options.shares, seed)
  const part = (name: Part, isKept = true): readonly Example[] =>
    all.filter(({ group }, index) => (parts.get(group) ?? 'train') === name && kept.has(distinct[index] as Candidate) === isKept)
  const split = { train: randomOf(seed, 'order').shuffled(part('train')), further: part('train', false), dev: part('dev'), test: part('test'), heldOut }
  const report = qualityOf(project, {
    ...split, candidates, conflicts, identical, unaligned: conversations.unaligned, dialogueTurns: conversations.turns,
    dropped: [...learned.dropped, ...held.dropped], thinned: distinct.length - candidates.length,
  })
  return { ...split, report }
}

/** The types of commands in an example: what every part should have of. */
const stratumOf = ({ commands }: Example): string => [...new Set(commands.map(({ command }) => command))].sort().join(' + ')
