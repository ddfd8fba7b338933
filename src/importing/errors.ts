/** A part of a file was to be left out, but an alias in what stays repeats it. */
export class AnchorDropped extends Error {
  override readonly name = 'AnchorDropped'
  constructor(readonly anchor: string) {
    super(`The alias *${anchor} needs a part of its file that is left out.`)
  }
}
