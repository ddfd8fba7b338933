import type { Comparison, Mention } from './condition-parser.js'
import type { Condition } from './condition.js'
import type { NluSide } from './nlu.js'
import type { Report } from './problem.js'
import type { Assumptions, Config, ExampleGroup, Flow, Property, ResponseVariation, Rule, Slot, SlotSamples, SlotValue } from './types.js'
import { sourceText, type MapNode, type Span, type YamlNode } from './yaml-node.js'

/** Where a name is used. Collected while reading, resolved when everything is known. */
export type Reference = {
  readonly kind: 'slot' | 'response' | 'action' | 'flow' | 'intent'
  readonly name: string
  readonly span: Span
  /** What the name is used for, which decides what else must be true of it. */
  readonly use: 'collect' | 'set' | 'persist' | 'ask' | 'say' | 'run' | 'link' | 'call' | 'example' | 'button' | 'trigger' | 'text' | 'read' | 'watch'
  /** The flow or response that uses it, if any. */
  readonly by: string | null
  /** For `ask`: the slot that is asked for. */
  readonly slot?: string
  /** For `set`: the value. */
  readonly value?: SlotValue
}

/** Where a condition stands, so that its names and values can be blamed to the character. */
export type ConditionUse = {
  readonly condition: Condition
  readonly role: 'guard' | 'branch' | 'rejection' | 'validation' | 'response' | 'property'
  readonly mentions: readonly (Mention & { readonly span: Span })[]
  readonly comparisons: readonly (Comparison & { readonly span: Span })[]
  /** For rejections and validation: the only slot it may speak of. */
  readonly ownSlot: string | null
  readonly span: Span
  readonly by: string | null
}

/** A button's payload, for the check of what it would set or start. */
export type ButtonUse = { readonly payload: string; readonly span: Span; readonly response: string }

/** Names a project declares, with the places that declare them, known before anything else is read. */
export type Declared = {
  readonly slots: Map<string, Span>
  readonly responses: Map<string, Span>
  readonly actions: Map<string, Span>
  readonly flows: Map<string, Span>
  readonly intents: Map<string, Span>
}

/** What reading a part of the project needs to say and to note down. */
export type Reading = {
  readonly report: Report
  readonly refer: (reference: Reference) => void
  readonly noteCondition: (use: ConditionUse) => void
  readonly noteButton: (use: ButtonUse) => void
  readonly declared: Declared
}

export type DraftRule = Rule & { readonly node: MapNode }
/** An intent's example line: as written, and as rules compare it. */
export type IntentText = { readonly intent: string; readonly line: string; readonly text: string; readonly span: Span }

/** Everything that was read, before the cross-checks. */
export type Draft = {
  readonly flows: ReadonlyMap<string, Flow>
  readonly flowNodes: ReadonlyMap<string, MapNode>
  readonly slots: ReadonlyMap<string, Slot>
  readonly responses: ReadonlyMap<string, readonly ResponseVariation[]>
  readonly rules: readonly DraftRule[]
  readonly intentTexts: readonly IntentText[]
  readonly examples: readonly ExampleGroup[]
  readonly samples: readonly SlotSamples[]
  readonly properties: readonly Property[]
  readonly assumptions: Assumptions
  readonly nlu: NluSide
  readonly config: Config
  /** `additional_languages` of the configuration. */
  readonly languages: readonly string[]
  readonly declared: Declared
  readonly references: readonly Reference[]
  readonly conditions: readonly ConditionUse[]
  readonly buttons: readonly ButtonUse[]
  /** Whether a part that could not be read may use this name: then it may not be called unused, unfillable or unreachable. */
  readonly mayBeNamed: (name: string) => boolean
  /** Words that stand in the code of the project's own actions. */
  readonly actionWords: ReadonlySet<string>
}

/** Files of attune itself, such as the built-in patterns. */
export const isBuiltIn = (span: { readonly source: { readonly file: string } }): boolean => span.source.file.startsWith('attune:')

/** Where names stand that are only assumed to be declared, because a file that holds the word cannot be read. */
export const assumed: Span = { source: sourceText('attune:unread', ''), start: 0, end: 0 }

/** One top-level key of one file. */
export type Section = { readonly key: Span; readonly value: YamlNode }
