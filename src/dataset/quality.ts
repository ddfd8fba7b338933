import { promptLimits } from '../language/prompt.js'
import type { Project } from '../project/types.js'
import type { Unaligned } from './align.js'
import { cellOf } from './balance.js'
import type { Conflict } from './conflicts.js'
import type { Example, Origin } from './example.js'
import type { Candidate, Dropped } from './finish.js'

export type PartCounts = { readonly train: number; readonly dev: number; readonly test: number; readonly heldOut: number }
/** A line of the report that points to a file. */
export type Finding = { readonly file: string; readonly line: number; readonly message: string }
/** A cell of the coverage with too few sentences of its own. */
export type Thin = { readonly what: string; readonly found: number; readonly wanted: number }

export type Quality = {
  readonly counts: {
    readonly all: PartCounts
    readonly bySource: Readonly<Record<string, PartCounts>>
    readonly byFlow: Readonly<Record<string, PartCounts>>
    readonly bySlot: Readonly<Record<string, PartCounts>>
    readonly byCommand: Readonly<Record<string, PartCounts>>
    readonly byKind: Readonly<Record<string, number>>
  }
  readonly balance: { readonly cells: number; readonly largest: Cell; readonly smallest: Cell; readonly thinned: number; readonly mean: number }
  readonly duplicates: { readonly identical: number; readonly groups: number; readonly largest: readonly { readonly sentence: string; readonly examples: number }[]; readonly heldOutSeen: number }
  readonly conflicts: readonly Conflict[]
  readonly coverage: { readonly thin: readonly Thin[] }
  readonly transcripts: { readonly turns: number; readonly unaligned: readonly Finding[] }
  readonly dropped: { readonly rule: number; readonly nothingNew: number; readonly unreachable: readonly Finding[] }
  readonly length: { readonly meanCharacters: number; readonly longestCharacters: number; readonly cut: readonly Finding[] }
}
export type Cell = { readonly name: string; readonly examples: number }

export type Measured = {
  readonly train: readonly Example[]
  readonly dev: readonly Example[]
  readonly test: readonly Example[]
  readonly heldOut: readonly Example[]
  readonly candidates: readonly Candidate[]
  readonly conflicts: readonly Conflict[]
  readonly identical: number
  readonly unaligned: readonly Unaligned[]
  readonly dialogueTurns: number
  readonly dropped: readonly Dropped[]
  /** Left out because their cell was full. */
  readonly thinned: number
}

/** Sentences of one's own that a flow, a slot or a command should have, below which the model guesses. */
export const wanted = { flow: 12, slot: 6, command: 10 } as const

const none: PartCounts = { train: 0, dev: 0, test: 0, heldOut: 0 }

type Counted = Record<string, PartCounts>
const countBy = ({ train, dev, test, heldOut }: Measured, keysOf: (example: Example) => readonly string[]): Counted => {
  const counts = new Map<string, PartCounts>()
  for (const [part, examples] of Object.entries({ train, dev, test, heldOut })) {
    for (const example of examples) {
      for (const key of new Set(keysOf(example))) {
        const known = counts.get(key) ?? none
        counts.set(key, { ...known, [part]: known[part as keyof PartCounts] + 1 })
      }
    }
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const slotsOf = ({ commands }: Example): readonly string[] => commands.flatMap((command) => (command.command === 'set slot' ? [command.name] : []))
const flowsOf = ({ commands, origin }: Example): readonly string[] => {
  const started = commands.flatMap((command) => (command.command === 'start flow' ? [command.flow] : []))
  return started.length > 0 ? started : origin.flow === null ? [] : [origin.flow]
}

const finding = ({ file, line }: Pick<Origin, 'file' | 'line'>, message: string): Finding => ({ file, line, message })

/** What was built, measured: for people to read and for gates to check. */
export const qualityOf = (project: Project, measured: Measured): Quality => {
  const { train, dev, test, heldOut, candidates, conflicts, identical, unaligned, dialogueTurns, dropped, thinned } = measured
  const all = [...train, ...dev, ...test]
  const byKind = new Map<string, number>()
  for (const { kind } of candidates) byKind.set(kind, (byKind.get(kind) ?? 0) + 1)
  return {
    counts: {
      all: { train: train.length, dev: dev.length, test: test.length, heldOut: heldOut.length },
      bySource: countBy(measured, ({ origin }) => [origin.kind]),
      byFlow: countBy(measured, flowsOf),
      bySlot: countBy(measured, slotsOf),
      byCommand: countBy(measured, ({ commands }) => commands.map(({ command }) => command)),
      byKind: Object.fromEntries([...byKind].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    balance: balanceOf(candidates, thinned),
    duplicates: duplicatesOf(all, heldOut, identical),
    conflicts,
    coverage: { thin: thinCells(project, all) },
    transcripts: { turns: dialogueTurns, unaligned: unaligned.map(({ place, reason }) => finding(place, reason)) },
    dropped: {
      rule: dropped.filter(({ reason }) => reason === 'rule').length,
      nothingNew: dropped.filter(({ reason }) => reason === 'nothing new').length,
      unreachable: unreachable(dropped),
    },
    length: lengthOf(all),
  }
}

const balanceOf = (candidates: readonly Candidate[], thinned: number): Quality['balance'] => {
  const sizes = new Map<string, number>()
  for (const candidate of candidates) sizes.set(cellOf(candidate), (sizes.get(cellOf(candidate)) ?? 0) + 1)
  const sorted = [...sizes].map(([name, examples]) => ({ name, examples })).sort((a, b) => b.examples - a.examples || (a.name < b.name ? -1 : 1))
  const empty = { name: '-', examples: 0 }
  const mean = sorted.length === 0 ? 0 : Math.round(candidates.length / sorted.length)
  return { cells: sorted.length, largest: sorted[0] ?? empty, smallest: sorted.at(-1) ?? empty, thinned, mean }
}

const duplicatesOf = (all: readonly Example[], heldOut: readonly Example[], identical: number): Quality['duplicates'] => {
  const groups = new Map<string, Example[]>()
  for (const example of all) {
    const group = groups.get(example.group) ?? []
    group.push(example)
    groups.set(example.group, group)
  }
  const largest = [...groups.values()].sort((a, b) => b.length - a.length || ((a[0]?.id ?? '') < (b[0]?.id ?? '') ? -1 : 1)).slice(0, 5)
  const shortest = (members: readonly Example[]): string => [...members].sort((a, b) => a.message.length - b.message.length || (a.id < b.id ? -1 : 1))[0]?.message ?? ''
  return {
    identical, groups: groups.size,
    largest: largest.map((members) => ({ sentence: shortest(members), examples: members.length })),
    heldOutSeen: heldOut.filter(({ group }) => groups.has(group)).length,
  }
}

/** Sentences count once, however many copies of them there are: copies teach nothing new. */
const thinCells = (project: Project, all: readonly Example[]): readonly Thin[] => {
  const sentences = new Map<string, Set<string>>()
  const note = (what: string, group: string): void => void sentences.set(what, (sentences.get(what) ?? new Set()).add(group))
  for (const example of all) {
    for (const command of example.commands) {
      if (command.command === 'start flow') note(`flow ${command.flow}`, example.group)
      else if (command.command === 'set slot') note(`slot ${command.name}`, example.group)
      else note(`command ${command.command}`, example.group)
    }
  }
  const flows = [...project.flows.values()].filter(({ isPattern, guard }) => !isPattern && guard?.kind !== 'truthy')
  const startable = flows.filter((flow) => !(flow.guard?.kind === 'compare' && flow.guard.left.kind === 'literal'))
  const collected = new Set(flows.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'collect' ? [step.slot] : []))))
  const cells = [
    ...startable.map(({ id }) => ({ what: `flow ${id}`, wanted: wanted.flow })),
    ...[...collected].map((slot) => ({ what: `slot ${slot}`, wanted: wanted.slot })),
    ...['cancel flow', 'chitchat', 'knowledge', 'human handoff', 'cannot handle'].map((name) => ({ what: `command ${name}`, wanted: wanted.command })),
  ]
  return cells.map((cell) => ({ ...cell, found: sentences.get(cell.what)?.size ?? 0 })).filter(({ found, wanted: enough }) => found < enough)
}

/** One finding for each sentence, not for each of its copies and mixtures. */
const unreachable = (dropped: readonly Dropped[]): readonly Finding[] => {
  const found = new Map<string, Finding>()
  for (const { reason, kind, origin, message, completion } of dropped) {
    if (reason !== 'unreachable' || kind === 'several') continue
    const text = `"${message}" cannot be answered with ${completion.split('\n').map((line) => `"${line}"`).join(', ')} in any state it was put in`
    if (!found.has(`${origin.file}:${origin.line}`)) found.set(`${origin.file}:${origin.line}`, finding(origin, text))
  }
  return [...found.values()]
}

const lengthOf = (all: readonly Example[]): Quality['length'] => {
  const lengths = all.map(({ prompt, completion }) => prompt.length + completion.length)
  return {
    meanCharacters: lengths.length === 0 ? 0 : Math.round(lengths.reduce((sum, length) => sum + length, 0) / lengths.length),
    longestCharacters: Math.max(0, ...lengths),
    cut: all.filter(({ message }) => message.length > promptLimits.message).map(({ origin }) => finding(origin, `the model sees only ${promptLimits.message} characters of it`)),
  }
}
