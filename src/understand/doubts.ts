import type { LabelledText } from '../dataset/labelled.js'
import { hash32 } from '../dataset/random.js'
import { tempered } from './calibration.js'
import { featuresOf, notedOf } from './head-features.js'
import { fittedWeights, type HeadOptions, type Sample } from './head-training.js'
import { logitsOf } from './head.js'

/** What is labelled: the decisions that its label stands for, and the group that must not be learned where it is judged. */
export type Judgeable = { readonly samples: readonly Sample[]; readonly group: string }

/** How a label looks to a head that has not learned it. */
export type Doubt = {
  /** Which of the rows. */
  readonly row: number
  /** Numbers of labels: the one that was given, and the likeliest other one. */
  readonly given: number
  readonly likely: number
  readonly ofGiven: number
  readonly ofLikely: number
  /** Whether the other label is as likely here as it usually is where it is given. */
  readonly isLikelyWrong: boolean
}

/** The head is used up to rank, not to decide, so it need not be trained to the end. */
export const doubtOptions: HeadOptions & { readonly folds: number } = { lambda: 1, epochs: 3, learningRate: 0.1, dropout: 0.2, seed: 1, folds: 4 }

export type DoubtWatch = { readonly report: (done: number, of: number) => void; readonly signal: AbortSignal }

/**
 * Rows by how doubtful their label is, the most doubtful first. Each is judged by a head that learned only the others ("confident
 * learning", Northcutt et al. 2021, arXiv 1911.00068, section 3: out-of-fold probabilities, thresholds by label, ranked by margin).
 * A row of several decisions is as doubtful as its most doubtful one. Throws the signal's reason.
 */
export const doubtsOf = async (rows: readonly Judgeable[], labels: number, { folds, ...options }: typeof doubtOptions, { report, signal }: DoubtWatch): Promise<readonly Doubt[]> => {
  const foldOf = ({ group }: Judgeable): number => hash32(group, options.seed) % folds
  const judged: Judged[] = []
  for (let fold = 0; fold < folds; fold += 1) {
    signal.throwIfAborted()
    const weights = fittedWeights(rows.filter((row) => foldOf(row) !== fold).flatMap(({ samples }) => samples), labels, options)
    rows.forEach((row, at) => {
      if (foldOf(row) === fold) judged.push(...row.samples.map((sample) => judgedOf(at, sample, weights, labels)))
    })
    report(fold + 1, folds)
    await new Promise((resolve) => { setImmediate(resolve) }) // a fold takes seconds: Ctrl-C is heard between them
  }
  const usual = usualShares(judged, labels)
  const worst = new Map<number, Doubt>()
  for (const one of judged) {
    const doubt = doubtOf(one, usual)
    const known = worst.get(one.row)
    if (known === undefined || marginOf(doubt) < marginOf(known)) worst.set(one.row, doubt)
  }
  return [...worst.values()].sort((left, right) => marginOf(left) - marginOf(right) || left.row - right.row)
}

type Judged = { readonly row: number; readonly given: number; readonly open: Int32Array; readonly shares: readonly number[] }

const judgedOf = (row: number, { features, label, open }: Sample, weights: Float32Array, labels: number): Judged => ({
  row, given: label, open,
  // Where nothing but this fold was there to learn from, nothing is likelier than anything else.
  shares: weights.length === 0 ? Array.from(open, () => 1 / open.length) : tempered([...logitsOf(weights, labels, features, open)], 1),
})

/** How likely a label is on average where it is given. Above 1 for labels that are never given. */
const usualShares = (judged: readonly Judged[], labels: number): Float64Array => {
  const [sums, counts] = [new Float64Array(labels), new Float64Array(labels)]
  for (const { given, open, shares } of judged) {
    sums[given] = (sums[given] ?? 0) + (shares[open.indexOf(given)] ?? 0)
    counts[given] = (counts[given] ?? 0) + 1
  }
  return sums.map((sum, label) => (counts[label] === 0 ? 2 : sum / (counts[label] ?? 1)))
}

const doubtOf = ({ row, given, open, shares }: Judged, usual: Float64Array): Doubt => {
  const others = [...open.keys()].filter((at) => open[at] !== given)
  const best = others.reduce((most, at) => ((shares[at] ?? 0) > (shares[most] ?? 0) ? at : most), others[0] ?? 0)
  const [ofGiven, ofLikely, likely] = [shares[open.indexOf(given)] ?? 0, shares[best] ?? 0, open[best] ?? given]
  return { row, given, likely, ofGiven, ofLikely, isLikelyWrong: ofLikely > ofGiven && ofLikely >= (usual[likely] ?? 2) }
}

const marginOf = ({ ofGiven, ofLikely }: Doubt): number => ofGiven - ofLikely

/** Labelled messages as rows to judge: every label is open to every message. */
export const judgeableTexts = (
  rows: readonly LabelledText[], labels: readonly string[], embeddings: ReadonlyMap<string, Float32Array>, groupOf: (text: string) => string,
): readonly Judgeable[] => {
  const open = Int32Array.from(labels.keys())
  const numbers = new Map(labels.map((label, at) => [label, at]))
  return rows.map(({ text, label }) => {
    // Crossed with a situation, words teach nothing where there is none.
    const features = featuresOf({ ...notedOf(embeddings.get(text) ?? new Float32Array(0), [], text), words: [] }, [])
    return { group: groupOf(text), samples: [{ features, label: numbers.get(label) ?? 0, open, weight: 1 }] }
  })
}
