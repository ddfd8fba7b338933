import { percent } from '../terminal/progress.js'

export type Spot = { readonly file: string; readonly line: number }
export type Contradiction = { readonly text: string; readonly labels: readonly (Spot & { readonly label: string })[] }
export type Across = Spot & { readonly text: string; readonly part: string; readonly other: Spot & { readonly text: string; readonly part: string }; readonly likeness: number }
export type Suspect = Spot & {
  readonly text: string
  readonly label: string
  readonly likely: string
  /** What a head that has not learned the message gives the two labels. */
  readonly ofLabel: number
  readonly ofLikely: number
}
export type ThinCell = { readonly what: string; readonly found: number }
export type FoundTopic = { readonly messages: readonly (Spot & { readonly text: string })[] }

/** What `attune data doctor` finds; the likeliest mistake comes first in each list. */
export type DoctorReport = {
  readonly messages: number
  readonly labels: number
  readonly contradictions: readonly Contradiction[]
  readonly across: readonly Across[]
  /** Rows whose label is likely wrong. */
  readonly mislabels: readonly Suspect[]
  /** All rows by doubt, so that a share of them can be looked through. */
  readonly doubtful: readonly Suspect[]
  /** Cells without a single sentence of their own. */
  readonly empty: readonly ThinCell[]
  readonly topics: readonly FoundTopic[]
}

const quoted = (text: string): string => `"${text.length > 90 ? `${text.slice(0, 87)}...` : text}"`
const at = ({ file, line }: Spot): string => `${file}:${line}`

/** The report for people: `most` findings of each sort. */
export const doctorText = ({ messages, labels, contradictions, across, mislabels, empty, topics }: DoctorReport, most: number): string => [
  `${messages.toLocaleString('en')} messages, ${labels} labels.`,
  ...section('Contradictory labels: the same sentence, labelled differently', 'none', contradictions, most,
    ({ text, labels: given }) => [quoted(text), ...given.map((one) => `  ${at(one)}  ${one.label}`)]),
  ...section('Likely wrong labels: what was learned from all others says something else', 'none', mislabels, most,
    (one) => [`${at(one)}  ${quoted(one.text)}`, `  labelled ${one.label} (${percent(one.ofLabel)}), likely ${one.likely} (${percent(one.ofLikely)})`]),
  ...section('Near-duplicates across parts: what is measured on was nearly learned', 'none', across, most,
    (one) => [`${at(one)}  ${quoted(one.text)} (${one.part})`, `  ${at(one.other)}  ${quoted(one.other.text)} (${one.other.part}), likeness ${one.likeness.toFixed(2)}`]),
  ...section('Nothing says this', 'nothing is missing', empty, most, ({ what }) => [what]),
  ...section('Topics that no flow covers', 'none', topics, most,
    ({ messages: some }) => [`${some.length} messages such as ${quoted(some[0]?.text ?? '')}`, ...some.slice(0, 4).map((one) => `  ${at(one)}  ${quoted(one.text)}`)]),
].join('\n')

const section = <T>(title: string, none: string, findings: readonly T[], most: number, lines: (finding: T) => readonly string[]): readonly string[] => [
  '',
  `${title}: ${findings.length === 0 ? none : findings.length}`,
  ...findings.slice(0, most).flatMap((finding) => lines(finding).map((line) => `  ${line}`)),
  ...(findings.length > most ? [`  and ${findings.length - most} more: --most NUMBER or --json shows them`] : []),
]
