/** A stored data set that was changed or damaged. Build it anew: it costs seconds. */
export class BrokenDataset extends Error {
  override readonly name = 'BrokenDataset'
  /** `line` is null where the files are readable and only do not match their folder's name. */
  constructor(readonly file: string, readonly line: number | null) {
    super(`${file}${line === null ? '' : `:${line}`} is not as it was written. Delete the folder and run \`attune data\` again.`)
  }
}
