import type { Finding, PartCounts, Quality } from './quality.js'

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** Findings shown of each sort; the JSON report holds them all. */
const shown = 20

const table = (title: string, rows: Readonly<Record<string, PartCounts>>): readonly string[] => {
  const names = Object.keys(rows)
  if (names.length === 0) return []
  const width = Math.max(title.length, ...names.map((name) => name.length))
  const line = (name: string, cells: readonly (string | number)[]): string => `${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(10)).join('')}`
  return [
    line(title, ['train', 'dev', 'test', 'held out']),
    ...Object.entries(rows).map(([name, { train, dev, test, heldOut }]) => line(name, [train, dev, test, heldOut])),
    '',
  ]
}

const listed = (title: string, findings: readonly Finding[]): readonly string[] => {
  if (findings.length === 0) return []
  const more = findings.length - shown
  return [
    `${title}:`,
    ...findings.slice(0, shown).map(({ file, line, message }) => `  ${file}:${line}  ${message}`),
    ...(more > 0 ? [`  and ${more} more, in report.json`] : []),
    '',
  ]
}

const oneLine = (completion: string): string => completion.replaceAll('\n', '; ')

/** The report as people read it. */
export const writtenQuality = (quality: Quality): string => {
  const { counts, balance, duplicates, conflicts, coverage, transcripts, dropped, length } = quality
  const { all } = counts
  const lines = [
    `${plural(all.train + all.dev + all.test, 'example')}: ${all.train} to train on, ${all.dev} to tune on (dev), ${all.test} to test on; ${plural(all.heldOut, 'held-out turn')} beside them.`,
    `${length.meanCharacters} characters on average, ${length.longestCharacters} at most.`,
    '',
    ...table('source', counts.bySource),
    ...table('command', counts.byCommand),
    ...table('flow', counts.byFlow),
    ...table('slot', counts.bySlot),
    `kinds: ${Object.entries(counts.byKind).map(([kind, count]) => `${kind} ${count}`).join(', ')}`,
    `balance: ${plural(balance.cells, 'cell')} of flow, kind and command, ${balance.mean} examples on average; largest "${balance.largest.name}" with ${balance.largest.examples}, smallest "${balance.smallest.name}" with ${balance.smallest.examples}; ${plural(balance.thinned, 'example')} left out of full cells.`,
    `duplicates: ${plural(duplicates.identical, 'identical example')} dropped; the rest is ${plural(duplicates.groups, 'group')} of near-duplicates, none of them split over the parts; ${plural(duplicates.heldOutSeen, 'held-out turn')} said in nearly the same words elsewhere.`,
    `largest groups: ${duplicates.largest.map(({ sentence, examples }) => `"${sentence}" (${examples})`).join(', ')}`,
    `left out: ${dropped.rule} that a rule answers, ${dropped.nothingNew} that say nothing new where they stand, ${dropped.unreachable.length} that cannot be decoded.`,
    `conversations: ${plural(transcripts.turns, 'message')}, ${transcripts.unaligned.length} not understood.`,
    '',
    ...listed('Contradictions (same prompt, other commands)', conflicts.map(({ message, kept, left }) => ({
      file: kept.origin.file, line: kept.origin.line,
      message: `"${message}" is "${oneLine(kept.completion)}" here and "${oneLine(left.completion)}" at ${left.origin.file}:${left.origin.line}`,
    }))),
    ...(coverage.thin.length === 0 ? ['Coverage: every flow, slot and command has enough sentences of its own.', ''] : [
      'Too few different sentences:',
      ...coverage.thin.map(({ what, found, wanted }) => `  ${what}: ${found} of ${wanted}`),
      '',
    ]),
    ...listed('Messages that were not understood, and not learned', transcripts.unaligned),
    ...listed('Sentences that no decoder can answer', dropped.unreachable),
    ...listed('Messages that are cut', length.cut),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}
