/** A turn takes longer than a client may wait. It goes on; asking again with the same key gets its answer. */
export class AnswerLate extends Error {
  override readonly name = 'AnswerLate'
  constructor(readonly milliseconds: number) {
    super(`There was no answer within ${milliseconds} ms. Send the message again with the same Idempotency-Key to get it.`)
  }
}

/** Everybody could talk to the assistant and read its conversations. */
export class OpenToAll extends Error {
  override readonly name = 'OpenToAll'
  constructor(readonly host: string) {
    super(`Listening on ${host} without a token would open every conversation to the network. Give --token (or set ATTUNE_TOKEN), listen on 127.0.0.1, or say --without-token if something in front of it checks who may come in.`)
  }
}

export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  constructor(readonly host: string, readonly port: number, readonly reason: string, options?: ErrorOptions) {
    super(`Cannot listen on ${host}:${port} (${reason}). Stop what uses it, or choose another with --port.`, options)
  }
}

/** A module in the project's `channels/` folder that cannot be used. */
export class ChannelModuleBroken extends Error {
  override readonly name = 'ChannelModuleBroken'
  constructor(readonly place: string, readonly detail: string, options?: ErrorOptions) {
    super(`${place}: ${detail}`, options)
  }
}

/** The code of a channel threw, or answered with something that is no Response. */
export class ChannelFailed extends Error {
  override readonly name = 'ChannelFailed'
  constructor(readonly channel: string, readonly id: string) {
    super(`The channel ${channel} has failed. The log has it under the id ${id}.`)
  }
}
