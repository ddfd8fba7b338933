export type FailureReason =
  | 'threw' | 'timeout' | 'unreachable' | 'server-error' | 'unknown-action' | 'too-large' | 'invalid-answer' | 'stopped'

/** An action did not do its work. The conversation goes on in pattern_internal_error. */
export class ActionFailed extends Error {
  override readonly name = 'ActionFailed'
  constructor(readonly action: string, readonly reason: FailureReason, readonly detail: string, options?: ErrorOptions) {
    super(`${action} failed (${reason}): ${detail}.`, options)
  }
}

/** The action server declined to run the action now (status 400): recorded, and then treated as a failure. */
export class ActionRejected extends Error {
  override readonly name = 'ActionRejected'
  constructor(readonly action: string, readonly detail: string) {
    super(`${action} was rejected by the action server: ${detail}.`)
  }
}

/** Actions the domain declares and nobody implements. */
export class ActionsMissing extends Error {
  override readonly name = 'ActionsMissing'
  constructor(readonly missing: readonly string[], readonly root: string) {
    super(`The domain declares actions that nothing implements: ${missing.join(', ')}.\n`
      + `Export them as "actions" from a module in ${root}/actions, or name an action server in endpoints.yml (action_endpoint: {url: ...}).`)
  }
}

/** A module in the project's `actions/` folder that cannot be used. */
export class ActionModuleBroken extends Error {
  override readonly name = 'ActionModuleBroken'
  constructor(readonly file: string, readonly detail: string, options?: ErrorOptions) {
    super(`${file}: ${detail}`, options)
  }
}
