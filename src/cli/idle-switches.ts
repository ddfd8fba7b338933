type Switch =
  | 'RASA_LICENSE' | 'RASA_PRO_LICENSE' | 'LLM_API_HEALTH_CHECK' | 'MAX_NUMBER_OF_PREDICTIONS_CALM' | 'CLARIFY_ON_MULTIPLE_START_FLOWS'
  | 'LOG_LEVEL_LLM' | 'SANIC_WORKERS' | 'TICKET_LOCK_LIFETIME'

/** Environment variables that steer Rasa (calm-spec section 9) and have no effect here: said at the start where one is set. */
export const idleSwitches: Readonly<Record<Switch, string>> = {
  RASA_LICENSE: 'attune needs no licence.',
  RASA_PRO_LICENSE: 'attune needs no licence.',
  LLM_API_HEALTH_CHECK: 'No model is called over an API unless "understanding:" in config.yml names one; GET /health tells whether messages can be answered.',
  MAX_NUMBER_OF_PREDICTIONS_CALM: 'A turn may take 1,000 steps, always.',
  CLARIFY_ON_MULTIPLE_START_FLOWS: 'Write "clarify_on_multiple_start_flows: true" into config.yml instead.',
  LOG_LEVEL_LLM: 'Use --verbose instead.',
  SANIC_WORKERS: 'One process serves; start several over one store, with a port each.',
  TICKET_LOCK_LIFETIME: 'Messages of one conversation wait for each other without a time limit of the lock; a turn has limits of its own.',
}
