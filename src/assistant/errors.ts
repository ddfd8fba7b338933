/** Too many messages of one conversation wait for their turn. */
export class ConversationBusy extends Error {
  override readonly name = 'ConversationBusy'
  constructor(readonly waiting: number) {
    super(`${waiting} messages of this conversation are waiting already. Wait for an answer before sending more.`)
  }
}

/** The server is going down: running turns are finished, new ones are not begun. */
export class AssistantStopping extends Error {
  override readonly name = 'AssistantStopping'
  constructor() {
    super('The assistant is stopping. Send the message again in a moment.')
  }
}

/** One message key came with two different messages: answering the second from the first would be wrong. */
export class MessageKeyReused extends Error {
  override readonly name = 'MessageKeyReused'
  constructor(readonly key: string) {
    super('This message key was used for another message. A key belongs to one message and its repetitions.')
  }
}

/** Other writers were faster several times in a row. Nothing of the turn was kept. */
export class ConversationContended extends Error {
  override readonly name = 'ConversationContended'
  constructor(readonly attempts: number) {
    super(`The conversation was changed by another process during each of ${attempts} attempts. Send the message again.`)
  }
}

/** The session of this conversation has ended for good: nothing is added to it. */
export class SessionIsOver extends Error {
  override readonly name = 'SessionIsOver'
  constructor() {
    super('The session of this conversation has ended. Begin a new conversation.')
  }
}
