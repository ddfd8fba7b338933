import type { Entity } from '../project/nlu.js'
import type { SlotValue } from '../project/types.js'

export type IntentShare = { readonly name: string; readonly confidence: number }

/** What an intent classifier and an entity extractor make of a message, before anything is decided. */
export type Heard = {
  readonly text: string
  /** Null where nobody knows. */
  readonly intent: IntentShare | null
  /** Best first, with the probabilities of all. */
  readonly ranking: readonly IntentShare[]
  /** `faq/hours`, where the intent is a retrieval intent. */
  readonly retrieval: string | null
  readonly entities: readonly Entity[]
}

/** An entity without its place. `role` undefined: told by a button, so it fits any role. */
export type Mention = { readonly entity: string; readonly role?: string | null; readonly group?: string | null; readonly value: SlotValue }

/** What happened on the NLU side, as rules and stories see it. `loop`: the form that was active before. */
export type PastItem =
  | { readonly kind: 'intent'; readonly intent: string | null; readonly entities: readonly string[]; readonly text: string; readonly loop: string | null }
  | { readonly kind: 'action'; readonly action: string; readonly loop: string | null }
