/** A Jinja template that cannot be read, or asks for more than its budget. */
export class TemplateFailed extends Error {
  override readonly name = 'TemplateFailed'
  constructor(readonly reason: string) {
    super(`The template cannot be rendered: ${reason}.`)
  }
}
