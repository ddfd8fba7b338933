import type { Condition } from './condition.js'
import type { NluConfig, NluSide } from './nlu.js'

/** A point in a source file. Lines and columns count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number }

export type SlotValue = string | number | boolean | null | readonly SlotValue[] | { readonly [key: string]: SlotValue }

/** `if` / `utter`: when the condition holds, the value is refused with that response. */
export type Rejection = { readonly if: Condition; readonly utter: string }

export type SlotType = 'text' | 'bool' | 'categorical' | 'float' | 'any' | 'list'
export type SlotMapping = {
  readonly type: 'from_llm' | 'controlled' | 'custom' | 'from_entity' | 'from_intent' | 'from_text' | 'from_trigger_intent'
  readonly [key: string]: SlotValue
}
export type Slot = {
  readonly name: string
  readonly type: SlotType
  readonly initialValue: SlotValue
  /** For categorical slots, in the casing of the domain. */
  readonly values: readonly string[]
  readonly minimum: number | null
  readonly maximum: number | null
  readonly mappings: readonly SlotMapping[]
  readonly validation: { readonly rejections: readonly Rejection[]; readonly refillUtter: string } | null
  /** `shared_for_coexistence`: `action_reset_routing` leaves it alone. */
  readonly isShared?: true
  readonly place: Place
}

/** Where a step goes on: another step of the same flow, or the end of it. */
export type Target = { readonly step: string } | 'END'
export type Next =
  | { readonly kind: 'go'; readonly to: Target }
  | { readonly kind: 'branch'; readonly branches: readonly { readonly if: Condition; readonly to: Target }[]; readonly otherwise: Target }

export type StepShapes = {
  action: { readonly action: string }
  collect: {
    readonly slot: string
    /** Response that asks, `utter_ask_<slot>` unless named. */
    readonly utter: string
    /** `action_ask_<slot>` where the domain declares it, else null. */
    readonly collectAction: string | null
    readonly description: string | null
    readonly askBeforeFilling: boolean
    readonly resetAfterFlowEnds: boolean
    readonly forceSlotFilling: boolean
    readonly rejections: readonly Rejection[]
  }
  set_slots: { readonly values: readonly { readonly slot: string; readonly value: SlotValue }[] }
  link: { readonly flow: string }
  call: { readonly flow: string }
  // eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- a noop has nothing of its own
  noop: Record<never, never>
}
export type StepKindName = keyof StepShapes
/** Nested steps are flattened by the loader: every step has an id, every `next` names one. */
export type Step<K extends StepKindName = StepKindName> = {
  [P in K]: { readonly kind: P; readonly id: string; readonly next: Next; readonly place: Place } & StepShapes[P]
}[K]

export type NluTrigger = { readonly intent: string; readonly confidenceThreshold: number }
export type Flow = {
  readonly id: string
  readonly name: string
  readonly description: string
  /** `if`: null where the flow may always start. */
  readonly guard: Condition | null
  readonly nluTriggers: readonly NluTrigger[]
  readonly alwaysIncludeInPrompt: boolean
  readonly persistedSlots: readonly string[]
  readonly runPatternCompleted: boolean
  readonly translation: Readonly<Record<string, { readonly name: string }>>
  /** In the order of the file; the first one is where the flow starts. Never empty. */
  readonly steps: readonly Step[]
  /** True for ids that begin with `pattern_`: the system's own flows, built in or overridden. */
  readonly isPattern: boolean
  readonly place: Place
}

export type Button = { readonly title: string; readonly payload: string; readonly type?: string }
export type ResponseVariation = {
  readonly id: string | null
  readonly text: string | null
  readonly condition: Condition | null
  readonly channel: string | null
  readonly buttons: readonly Button[]
  readonly image: string | null
  readonly attachment: SlotValue
  readonly custom: SlotValue
  readonly elements: readonly SlotValue[]
  readonly quickReplies: readonly SlotValue[]
  readonly translation: Readonly<Record<string, string>>
  readonly metadata: { readonly rephrase?: boolean; readonly rephrase_prompt?: string; readonly template?: 'jinja' } & Readonly<Record<string, SlotValue>>
  readonly place: Place
}

/** A rule beats the model: where its intent matches the message word for word (or as `/intent`), its commands are taken. */
export type Rule = {
  readonly name: string
  readonly intent: string
  /** Normalised texts that match, taken from the intent's examples. */
  readonly texts: readonly string[]
  /** Linear-time patterns over the normalised text. */
  readonly patterns: readonly string[]
  /** What happens instead of asking the model. */
  readonly then: { readonly kind: 'flow'; readonly flow: string } | { readonly kind: 'utter'; readonly response: string } | { readonly kind: 'action'; readonly action: string }
  readonly place: Place
}

/**
 * How people say it: text with slot values marked as in Rasa's training data,
 * `send [50 euros]{"slot": "amount", "value": 50} to [Ann](recipient)`, for one flow or one command.
 */
export type Utterance = {
  readonly text: string
  readonly spans: readonly { readonly start: number; readonly end: number; readonly slot: string; readonly value: SlotValue }[]
  readonly place: Place
}
export type ExampleGroup = {
  /** What the utterances mean, where they may be said. Exactly what the data builder needs to place them. */
  readonly means:
    | { readonly kind: 'flow'; readonly flow: string }
    | { readonly kind: 'slot'; readonly slot: string }
    | { readonly kind: 'command'; readonly command: 'cancel flow' | 'chitchat' | 'knowledge' | 'human handoff' | 'repeat bot messages' | 'skip question' | 'cannot handle' }
    | { readonly kind: 'clarify'; readonly options: readonly string[] }
    | { readonly kind: 'correction'; readonly slot: string }
  readonly utterances: readonly Utterance[]
  readonly place: Place
}

/** Values people use for a slot, to vary the examples: names, sums, reasons. */
export type SlotSamples = { readonly slot: string; readonly samples: readonly { readonly said: string; readonly value: SlotValue }[] }

/** Something that happens in a conversation. An action happens when it is asked for, a response where a flow, pattern or rule says it. */
export type Happening = { readonly kind: 'action' | 'response' | 'flow_started' | 'flow_completed' | 'flow_cancelled'; readonly name: string }
export type PropertyRule =
  /** Violated where `what` happens although `when` holds (null: always does) and the order is the wrong one (null: any is). */
  | {
    readonly kind: 'never'
    readonly what: Happening
    readonly when: Condition | null
    /** `before`: the other has not happened yet; `after`: it has. `within`: only since this flow last started. */
    readonly order: { readonly kind: 'before' | 'after'; readonly what: Happening; readonly within: string | null } | null
  }
  /** Of the slots as they are when a turn ends. */
  | { readonly kind: 'always'; readonly condition: Condition }
  | { readonly kind: 'every_turn'; readonly demand: 'answers' }
  | { readonly kind: 'every_flow'; readonly demand: 'can_be_left' }
/** What must be true of every conversation: proved beforehand, and watched in live turns. */
export type Property = {
  readonly name: string
  readonly description: string | null
  readonly rule: PropertyRule
  readonly onViolation: 'log' | 'block'
  readonly place: Place
}
/** What a proof takes for granted. */
export type Assumptions = {
  /** For a custom action, the values to which it sets slots; any other slot it leaves alone. An action that is not named may set any slot of its kind. */
  readonly sets: ReadonlyMap<string, ReadonlyMap<string, readonly SlotValue[] | 'any'>>
  /** Values with which slots may begin; others begin with their initial value. */
  readonly begins: ReadonlyMap<string, readonly SlotValue[]>
}

export type Config = {
  readonly language: string
  readonly assistantId: string
  readonly compat: '3.8' | '3.13' | '3.16'
  readonly maximumCharacters: number
  /** Silence after which the next message opens a new session; 0: none does. */
  readonly sessionExpirationMinutes: number
  /** Silence after which a conversation counts as inactive; 0: it never does. The same, unless no new session is wanted. */
  readonly inactiveAfterMinutes: number
  readonly carryOverSlots: boolean
  readonly actionEndpoint: { readonly url: string; readonly timeoutMilliseconds: number } | null
  /** `nlg: {url}` of endpoints.yml. */
  readonly responseServer: { readonly url: string; readonly timeoutMilliseconds: number } | null
  /** Where the callback channel of credentials.yml sends what the assistant says. */
  readonly callbackUrl: string | null
  /** Entries of credentials.yml for channels of the project's own, with `${VAR}` from the environment. Absent where there are none. */
  readonly channels?: Readonly<Record<string, SlotValue>>
  /** Absent where no NLU model takes part. */
  readonly nlu?: NluConfig
  /** Everything else of config.yml, as it stood, for the rooms below (training, model, server). */
  readonly sections: Readonly<Record<string, SlotValue>>
}

/** A whole assistant as its authors wrote it, checked. Immutable; built by `loadProject`. */
export type Project = {
  /** Absolute path of the folder it was loaded from. */
  readonly root: string
  readonly flows: ReadonlyMap<string, Flow>
  readonly slots: ReadonlyMap<string, Slot>
  readonly responses: ReadonlyMap<string, readonly ResponseVariation[]>
  /** Custom actions the domain declares. */
  readonly actions: ReadonlySet<string>
  readonly rules: readonly Rule[]
  readonly examples: readonly ExampleGroup[]
  readonly samples: readonly SlotSamples[]
  readonly properties: readonly Property[]
  readonly assumptions: Assumptions
  readonly nlu: NluSide
  readonly config: Config
  /** sha256 over flows, domain, rules and config: the version that events carry. */
  readonly version: string
}
