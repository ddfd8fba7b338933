import type { StepKindName } from '../types.js'
import { action } from './action.js'
import { call } from './call.js'
import { collect } from './collect.js'
import { link } from './link.js'
import { noop } from './noop.js'
import { setSlots } from './set-slots.js'
import type { StepReader } from './step-reader.js'

/** One reader per kind of step; a kind left out does not compile. */
export const stepReaders: { readonly [K in StepKindName]: StepReader<K> } = { action, collect, set_slots: setSlots, link, call, noop }
export const stepKinds = Object.keys(stepReaders) as readonly StepKindName[]
