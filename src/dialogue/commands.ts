import type { SlotValue } from '../project/types.js'
import type { Mention } from './heard.js'

/** Who filled a slot: decides priority between understanding systems (calm-spec section 7). */
export type Extractor = 'llm' | 'nlu' | 'button' | 'rule'

/** The commands of CALM, with Rasa's names in `command` (calm-spec section 4.1). */
export type Command =
  /** `trigger`: the flow's own nlu_trigger named it, so its guard is not asked. */
  | { readonly command: 'start flow'; readonly flow: string; readonly trigger?: 'intent' }
  | { readonly command: 'set slot'; readonly name: string; readonly value: SlotValue; readonly extractor?: Extractor }
  | { readonly command: 'correct slot'; readonly corrected_slots: readonly { readonly name: string; readonly value: SlotValue; readonly extractor?: Extractor }[] }
  | { readonly command: 'cancel flow' }
  | { readonly command: 'clarify'; readonly options: readonly string[] }
  | { readonly command: 'skip question' }
  | { readonly command: 'chitchat' }
  | { readonly command: 'knowledge' }
  | { readonly command: 'human handoff' }
  | { readonly command: 'repeat bot messages' }
  | { readonly command: 'cannot handle'; readonly reason?: string }
  | { readonly command: 'error'; readonly error_type: string; readonly info: Readonly<Record<string, SlotValue>> }
  | { readonly command: 'handle code change' }
  | { readonly command: 'user silence' }
  | { readonly command: 'session start' }
  | { readonly command: 'session end' }
  | { readonly command: 'restart' }
  /** A rule of the project took the message: its response or action follows. */
  | { readonly command: 'apply rule'; readonly rule: string }
  /** The NLU side takes the message: its rules, forms and stories follow. */
  | { readonly command: 'follow stories'; readonly intent: string | null; readonly entities: readonly Mention[]; readonly text: string }
  | { readonly command: 'noop' }

export type CommandName = Command['command']
export type CommandOf<K extends CommandName> = Extract<Command, { readonly command: K }>
