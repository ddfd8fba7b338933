import { createHash } from 'node:crypto'
import type { SlotValue } from '../project/types.js'
import type { Pick } from '../respond/render.js'

const digest = (...parts: readonly string[]): Buffer => createHash('sha256').update(JSON.stringify(parts)).digest()

/**
 * The idempotency key of one execution of an action step: the same whenever the same message is tried again, also after a
 * crash or when another process moved the conversation; another for the next pass of the same step.
 */
export const stepKeyOf = (conversation: string, messageKey: string, step: string, pass: number): string =>
  digest('step', conversation, messageKey, step, String(pass)).toString('hex').slice(0, 32)

/** What a message key was used for, without keeping the words. */
export const fingerprintOf = (text: string, metadata: Readonly<Record<string, SlotValue>>): string => digest('message', text, JSON.stringify(metadata)).toString('base64url').slice(0, 22)

/** Chooses variations by place in the conversation: differently each time, and the same again when a turn is repeated or replayed. */
export const pickBy = (conversation: string, sequence: number): Pick => (count) =>
  count === 0 ? 0 : digest('pick', conversation, String(sequence)).readUInt32BE(0) % count
