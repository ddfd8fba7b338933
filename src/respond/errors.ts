/** A Jinja template that cannot be read, or asks for more than its budget. */
export class TemplateFailed extends Error {
  override readonly name = 'TemplateFailed'
  constructor(readonly reason: string) {
    super(`The template cannot be rendered: ${reason}.`)
  }
}

/** A response server that says nothing usable: the response is then said as it stands in the domain. */
export class ResponseServerFailed extends Error {
  override readonly name = 'ResponseServerFailed'
  constructor(readonly reason: string, options?: ErrorOptions) {
    super(`The response server failed: ${reason}.`, options)
  }
}
