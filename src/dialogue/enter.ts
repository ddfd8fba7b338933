import type { Step, StepKindName } from '../project/types.js'
import type { Run } from './run.js'
import type { StepKind } from './step-kind.js'
import { action } from './steps/action.js'
import { call } from './steps/call.js'
import { collect } from './steps/collect.js'
import { link } from './steps/link.js'
import { noop } from './steps/noop.js'
import { setSlots } from './steps/set-slots.js'

const kinds: { readonly [K in StepKindName]: StepKind<K> } = { action, collect, set_slots: setSlots, link, call, noop }

export const enter = <K extends StepKindName>(run: Run, step: Step<K>): void => kinds[step.kind].enter(run, step)
