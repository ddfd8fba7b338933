/** Slots of the built-in patterns (calm-spec 6.2). `language` takes the languages the configuration names. `requested_slot` is what a form asks for, `route_session_to_calm` what a router has decided. */
export const defaultSlots = (languages: readonly string[], { hasForms, hasRouter }: { readonly hasForms: boolean; readonly hasRouter: boolean }): string => `
slots:
  confirm_correction: {type: bool}
  continue_conversation: {type: bool}
  continue_interrupted_flow_confirmation: {type: bool}
  interrupted_flow_to_continue: {type: text}
  csat_score: {type: categorical, values: [satisfied, unsatisfied]}
  silence_timeout: {type: float, initial_value: 7, mappings: [{type: controlled}]}
  consecutive_silence_timeouts: {type: float, initial_value: 0, mappings: [{type: controlled}]}
  max_clarification_options: {type: float, initial_value: 3, mappings: [{type: controlled}]}
  session_started_metadata: {type: any, mappings: [{type: controlled}]}
  mocked_datetime: {type: any, mappings: [{type: controlled}]}
  language: {type: strict_categorical, values: ${JSON.stringify(languages)}, mappings: [{type: controlled}]}
${hasForms ? '  requested_slot: {type: text, mappings: [{type: controlled}]}\n' : ''}${hasRouter ? '  route_session_to_calm: {type: bool, mappings: [{type: controlled}]}\n' : ''}`
