/** The history handed to `fold` has a hole or a repetition. */
/** A rewind or undo that takes back more than the events at hand: the history is to be folded from its beginning. */
export class RevertTooFar extends Error {
  override readonly name = 'RevertTooFar'
  constructor(readonly sequence: number) {
    super(`Event ${sequence} takes back what came before the events at hand.`)
  }
}

export class GapInHistory extends Error {
  override readonly name = 'GapInHistory'
  constructor(readonly expected: number, readonly found: number) {
    super(`Event ${found} follows where event ${expected} was due: the history has a gap or was read twice. Read it again from the store.`)
  }
}

export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent'
  constructor(readonly event: string, readonly sequence: number) {
    super(`Event ${sequence} is of kind "${event}", which this version of attune cannot apply. Upgrade attune, or remove the event from the history.`)
  }
}

export class UnknownSlot extends Error {
  override readonly name = 'UnknownSlot'
  constructor(readonly slot: string, readonly sequence: number) {
    super(`Event ${sequence} sets slot "${slot}", which the domain does not declare. Declare it under "slots", or correct the action that set it.`)
  }
}

/** A `stack` event that does not fit the stack it is applied to. */
export class StackPatchFailed extends Error {
  override readonly name = 'StackPatchFailed'
  constructor(readonly reason: string, readonly path: string) {
    super(`A stack event cannot be applied at "${path}": ${reason}. The events before it are not those it was made from.`)
  }
}

/** The edge called `step` with commands although an action it was told to run has not been reported back. */
export class ActionPending extends Error {
  override readonly name = 'ActionPending'
  constructor(readonly action: string, readonly stepKey: string) {
    super(`Action "${action}" (${stepKey}) is still to be run: call step without commands, run it, append its events, then go on.`)
  }
}
