/** llama.cpp cannot be run here: no binary for this machine, or it refuses the model. */
export class NoRuntime extends Error {
  override readonly name = 'NoRuntime'
  constructor(readonly reason: string, options?: ErrorOptions) {
    super(`llama.cpp cannot be used: ${reason}. Install the dependencies again for this platform, or name an OpenAI-compatible server.`, options)
  }
}

/** Used after `dispose`. */
export class ModelDisposed extends Error {
  override readonly name = 'ModelDisposed'
  constructor() {
    super('This model was disposed. Open it again before it is asked.')
  }
}

/** Prompt and completion outgrow the context of the model. */
export class ContextFull extends Error {
  override readonly name = 'ContextFull'
  constructor(readonly tokens: number, readonly contextSize: number) {
    super(`${tokens} tokens were to be read, but the context holds ${contextSize}. Open the model with a larger context, or limit the length of messages.`)
  }
}

/** A model server that answered wrongly, late, or not at all. */
export class ModelServerFailed extends Error {
  override readonly name = 'ModelServerFailed'
  constructor(readonly server: string, readonly reason: string, readonly attempts: number, options?: ErrorOptions) {
    super(`The model server at ${server} failed after ${attempts} attempt${attempts === 1 ? '' : 's'}: ${reason}`, options)
  }
}

/** A message needs the model, and it was taken away. */
export class NoModelLoaded extends Error {
  override readonly name = 'NoModelLoaded'
  constructor() {
    super('No model is loaded. PUT /model loads one.')
  }
}
