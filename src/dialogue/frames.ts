import type { SlotValue } from '../project/types.js'

/** Where a frame stands in its flow: the step it entered last, `START` before the first one, or `NEXT:<step>` when it was moved back to enter that step. */
export type StepPosition = string

export type FrameType = 'regular' | 'interrupt' | 'call' | 'link'

type FrameBase = { readonly frame_id: string; readonly flow_id: string; readonly step_id: StepPosition; readonly frame_type: FrameType }

export type UserFrame = FrameBase & {
  readonly type: 'flow'
  /**
   * Collect steps passed so far, oldest first; those of finished called flows as `call_step>flow>step`.
   * A correction may only go back to a step that was really passed.
   */
  readonly collected: readonly string[]
}

type Context = Readonly<Record<string, SlotValue>>
/** What each pattern knows beside its place: `context.*` in its conditions and responses (calm-spec 5.1). */
export type PatternContexts = {
  pattern_collect_information: { readonly collect: string; readonly utter: string; readonly collect_action: string }
  pattern_validate_slot: { readonly validate: string; readonly refill_utter: string; readonly refill_action: string }
  pattern_correction: {
    readonly is_reset_only: boolean
    readonly corrected_slots: Context
    readonly new_slot_values: readonly SlotValue[]
    readonly reset_flow_id: string | null
    readonly reset_step_id: string | null
  }
  pattern_cancel_flow: { readonly canceled_name: string; readonly canceled_frames: readonly string[] }
  pattern_clarification: { readonly names: readonly string[]; readonly clarification_options: string; readonly flow_ids: readonly string[] }
  pattern_continue_interrupted: {
    readonly previous_flow_name: string
    readonly interrupted_flow_names: readonly string[]
    readonly interrupted_flow_ids: readonly string[]
    readonly interrupted_flow_options: string
    readonly multiple_flows_interrupted: boolean
  }
  pattern_completed: { readonly previous_flow_name: string }
  pattern_internal_error: { readonly error_type: string; readonly info: Context }
  pattern_cannot_handle: { readonly reason: string }
}

/** A frame of a pattern: its context properties lie beside the place, as in Rasa's tracker JSON. `type` is the pattern's id. */
export type PatternFrame = FrameBase & { readonly type: string; readonly [context: string]: SlotValue }

export type Frame = UserFrame | PatternFrame

export const START = 'START'
export const END = 'END'
export const before = (step: string): StepPosition => `NEXT:${step}`
export const isUserFrame = (frame: Frame): frame is UserFrame => frame.type === 'flow'
