import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { contextReader, spellingOf, standsAt } from '../dataset/reading-context.js'
import type { SlotKind } from '../dataset/slot-kinds.js'
import { sameAs, type Known, type ReadingPlace, type TranscriptTurn } from '../dataset/transcript.js'
import type { EncoderName } from '../fetch/ensure-encoder.js'
import { replaceFile } from '../fetch/replace-file.js'
import type { SlotHeadNumbers, SlotQuestions } from '../model/encoder/slot-head.js'
import { shapesOf, slotHeadParts } from '../model/encoder/slot-head.js'
import type { WordPieces } from '../model/encoder/word-piece.js'
import { isJsonObject } from '../model/json-file.js'
import { readSafetensors, writeSafetensors } from '../model/safetensors.js'
import type { ReaderAnswer, ReaderExample } from '../train/reader.js'
import { logSoftmax } from './logit-source.js'
import { isTexts, readTrained } from './trained-file.js'

/** What is asked about a conversation: which flow it is about, and each slot of each flow. */
export type ConversationQuestions = {
  readonly encoder: EncoderName
  /** Numbers by which the encoder knows a token. */
  readonly hidden: number
  readonly flows: readonly string[]
  readonly slots: readonly SlotKind[]
}

/** Class 0 of every choice: nothing was said about it. */
const notSaid = 0

type Plan = {
  readonly questions: SlotQuestions
  /** Values of each name as they are compared, by class; class 0 is none of them. */
  readonly classes: ReadonlyMap<string, readonly string[]>
  /** The number of a slot's question among those of its kind. */
  readonly at: ReadonlyMap<string, number>
}

const keyOf = ({ flow, slot }: { readonly flow: string; readonly slot: string }): string => `${flow} ${slot}`

/** Slots of the same name are asked about together in part; the first choice is that of the flow. */
export const planOf = ({ flows, slots, hidden }: ConversationQuestions): Plan => {
  const chosen = slots.flatMap((one) => (one.kind === 'choice' ? [one] : []))
  const pointed = slots.filter(({ kind }) => kind === 'words')
  const classes = new Map<string, string[]>()
  for (const { slot, values } of chosen) classes.set(slot, [...new Set([...classes.get(slot) ?? [''], ...values.map(sameAs)])])
  const names = [...classes.keys()]
  const wordNames = [...new Set(pointed.map(({ slot }) => slot))]
  return {
    questions: {
      hidden,
      classes: Math.max(flows.length + 1, ...[...classes.values()].map(({ length }) => length)),
      choices: [
        { name: 0, allowed: flows.map((_, at) => at + 1) },
        ...chosen.map(({ slot, values }) => ({ name: names.indexOf(slot) + 1, allowed: [notSaid, ...values.map((value) => classes.get(slot)?.indexOf(sameAs(value)) ?? notSaid)] })),
      ],
      words: pointed.map(({ slot }) => ({ name: wordNames.indexOf(slot) })),
    },
    classes,
    at: new Map([...chosen.map((one, at): [string, number] => [keyOf(one), at + 1]), ...pointed.map((one, at): [string, number] => [keyOf(one), at])]),
  }
}

/** Reads conversations into word pieces as the model of these questions does. */
export const contextsOf = ({ slots }: ConversationQuestions, pieces: WordPieces): ((before: readonly TranscriptTurn[], known: readonly Known[]) => readonly number[]) =>
  contextReader(pieces, new Set(slots.map(({ slot }) => slot)))

/** What a place teaches. A value that is not among the choices, or that nobody said, teaches nothing. */
export const exampleOf = (asked: ConversationQuestions, { classes, at }: Plan, pieces: WordPieces, context: readonly number[], { flow, slots }: ReadingPlace): ReaderExample => {
  const choices = [{ question: 0, right: asked.flows.indexOf(flow) + 1 }]
  const words: { readonly question: number; readonly places: readonly { readonly from: number; readonly to: number }[] }[] = []
  for (const one of slots === null ? [] : asked.slots.filter((slot) => slot.flow === flow)) {
    const [value, question = 0] = [slots?.[one.slot], at.get(keyOf(one))]
    if (one.kind === 'choice') {
      const right = value === undefined ? notSaid : classes.get(one.slot)?.indexOf(sameAs(value)) ?? -1
      if (right !== -1) choices.push({ question, right })
    } else {
      const places = value === undefined ? [{ from: 0, to: 0 }] : standsAt(context, pieces.encode(value, Infinity).slice(1, -1))
      if (places.length > 0) words.push({ question, places })
    }
  }
  return { pieces: context, choices, words }
}

/** What a conversation is about, and how sure that is. */
export type ConversationReading = { readonly flow: string; readonly probability: number; readonly slots: Readonly<Record<string, string>> }

/** Words of a value at most, in pieces. */
const longestValue = 24

/** The likeliest flow and what its slots hold; slots about which nothing was said are left out. */
export const readingFrom = (asked: ConversationQuestions, { classes, at }: Plan, pieces: WordPieces, answered: ReaderAnswer, context: readonly number[], before: readonly TranscriptTurn[], flow?: string): ConversationReading => {
  const ofFlows = logSoftmax(answered.choices[0] ?? [])
  const likeliest = flow ?? asked.flows[highest(ofFlows) - 1] ?? ''
  const slots: Record<string, string> = {}
  for (const one of asked.slots.filter((slot) => slot.flow === likeliest)) {
    const question = at.get(keyOf(one)) ?? 0
    if (one.kind === 'choice') {
      const value = classes.get(one.slot)?.[highest(answered.choices[question] ?? [])]
      if (value) slots[one.slot] = one.values.find((known) => sameAs(known) === value) ?? value
    } else {
      const { from, to } = likeliestWords(answered.starts[question] ?? [], answered.ends[question] ?? [])
      if (from > 0) slots[one.slot] = spellingOf(pieces.text(context.slice(from, to + 1)), before)
    }
  }
  return { flow: likeliest, probability: Math.exp(ofFlows[asked.flows.indexOf(likeliest) + 1] ?? -Infinity), slots }
}

const highest = (scores: readonly number[]): number => scores.reduce((best, score, at) => (score > (scores[best] ?? -Infinity) ? at : best), 0)

const likeliestWords = (starts: readonly number[], ends: readonly number[]): { readonly from: number; readonly to: number } => {
  let best = { from: 0, to: 0, score: (starts[0] ?? 0) + (ends[0] ?? 0) }
  starts.forEach((start, from) => {
    for (let to = from; from > 0 && to < Math.min(ends.length, from + longestValue); to += 1) {
      const score = start + (ends[to] ?? -Infinity)
      if (score > best.score) best = { from, to, score }
    }
  })
  return best
}

// As a folder

const version = 1
export const conversationFile = (folder: string): string => join(folder, 'conversation.json')
const numbersFile = (folder: string): string => join(folder, 'questions.safetensors')

/** Writes all but the adapter. */
export const writeConversationModel = async (folder: string, asked: ConversationQuestions, numbers: SlotHeadNumbers): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const shapes = shapesOf(planOf(asked).questions)
  await writeSafetensors(numbersFile(folder), slotHeadParts.map((part) => ({ name: part, shape: shapes[part], type: 'F32', numbers: () => numbers[part] })))
  await replaceFile(conversationFile(folder), (handle) => handle.writeFile(`${JSON.stringify({ version, ...asked }, null, 1)}\n`))
}

/** Reads what `writeConversationModel` wrote; null where the folder has none. Throws BadModelFile. */
export const readConversationModel = async (folder: string): Promise<{ readonly asked: ConversationQuestions; readonly numbers: SlotHeadNumbers } | null> => {
  const found = await readTrained(conversationFile(folder), version, 'a model of conversations')
  if (found === null) return null
  const { json, encoder, bad } = found
  const { flows, slots, hidden } = json
  if (typeof hidden !== 'number' || !isTexts(flows) || !Array.isArray(slots) || !slots.every(isSlotKind)) throw bad('other flows or slots', 'hidden, the names of flows, and slots with flow, slot, kind and values')
  const asked = { encoder, hidden, flows, slots }
  const shapes = shapesOf(planOf(asked).questions)
  const stored = await readSafetensors(numbersFile(folder))
  try {
    for (const part of slotHeadParts) {
      const [stands, wanted] = [stored.tensors.get(part)?.shape.join(' x '), shapes[part].join(' x ')]
      if (stands !== wanted) throw bad(`${part} of ${stands ?? 'no'} numbers in questions.safetensors`, wanted)
    }
    return { asked, numbers: Object.fromEntries(slotHeadParts.map((part) => [part, stored.floats(part)])) as unknown as SlotHeadNumbers }
  } finally {
    await stored.close()
  }
}

const isSlotKind = (value: unknown): value is SlotKind =>
  isJsonObject(value) && typeof value['flow'] === 'string' && typeof value['slot'] === 'string' && (value['kind'] === 'words' || (value['kind'] === 'choice' && isTexts(value['values'])))
