import type { Pattern } from './pattern.js'
import type { Place, SlotValue } from './types.js'

/** Words of a message that stand for something: offsets in the text, and what they are. */
export type Entity = {
  readonly start: number
  readonly end: number
  readonly entity: string
  readonly role: string | null
  readonly group: string | null
  readonly value: SlotValue
}
/** A line of training data. A retrieval intent is `topic/question`; what comes before the slash is the intent. */
export type IntentExample = { readonly intent: string; readonly text: string; readonly entities: readonly Entity[] }

/** What a rule or story expects, or what it does. Forms are named as actions. */
export type StoryStep =
  | { readonly kind: 'intent'; readonly intent: string; readonly entities: readonly string[] }
  /** What the user says, word for word, normalised. */
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'action'; readonly action: string }
  /** A text that is said as it stands. */
  | { readonly kind: 'bot'; readonly text: string }
  | StoryCondition
/** Compared with how things are when the next action is chosen. Without a value, any but null will do. */
export type StoryCondition =
  | { readonly kind: 'slot'; readonly slot: string; readonly value?: SlotValue }
  | { readonly kind: 'loop'; readonly loop: string | null }
export type Story = {
  readonly name: string
  readonly isRule: boolean
  readonly conditions: readonly StoryCondition[]
  /** `conversation_start`. */
  readonly isAtStart: boolean
  /** Unless `wait_for_user_input: false`. */
  readonly waits: boolean
  readonly steps: readonly StoryStep[]
  /** `matches:` of a rule. */
  readonly patterns: readonly string[]
  readonly place: Place
}
export type Form = { readonly name: string; readonly slots: readonly string[]; readonly ignoredIntents: readonly string[] }

/** What Rasa's NLU side reads, beside the flows. Empty where a project has none of it. */
export type NluSide = {
  readonly examples: readonly IntentExample[]
  /** Values of an entity, as they are said. */
  readonly lookups: readonly { readonly entity: string; readonly values: readonly string[] }[]
  readonly patterns: readonly { readonly entity: string; readonly pattern: Pattern }[]
  /** From what is said, in lower case, to the value that it stands for. */
  readonly synonyms: ReadonlyMap<string, string>
  /** Rules that do more than one thing or have conditions, then stories. */
  readonly stories: readonly Story[]
  readonly forms: ReadonlyMap<string, Form>
}

/** Of a project without any of it. */
export const noNlu: NluSide = { examples: [], lookups: [], patterns: [], synonyms: new Map(), stories: [], forms: new Map() }

type Entries<T> = { readonly calm: T; readonly nlu: T; readonly nluOnce: T }
/** Who decides which system takes a message: lists of intents, or descriptions of what each system is for. */
export type Router = ({ readonly kind: 'intents' } & Entries<readonly string[]>) | ({ readonly kind: 'descriptions' } & Entries<string>)

/** What the pipeline and the policies of config.yml say of the NLU side. */
export type NluConfig = {
  /** Where NLUCommandAdapter stands, seen from the command generator; null where it does not. */
  readonly adapter: 'before' | 'after' | null
  /** Whether a command generator stands in the pipeline: without one there is no language model. */
  readonly hasGenerator: boolean
  /** `minimize_num_calls` of the generator. */
  readonly sparesModel: boolean
  readonly router: Router | null
  /** FallbackClassifier: below the threshold, or with the second as near as this, the intent is `nlu_fallback`. */
  readonly fallback: { readonly threshold: number; readonly ambiguity: number } | null
  readonly policies: { readonly rules: boolean; readonly stories: boolean }
}

export const routingSlot = 'route_session_to_calm'
export const fallbackIntent = 'nlu_fallback'
/** `faq/hours` is the question `hours` of the intent `faq`. */
export const baseIntent = (intent: string): string => intent.split('/')[0] ?? intent
