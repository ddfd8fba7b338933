/** A file that should hold the coverage of a test run, and does not. */
export class BadCoverageFile extends Error {
  override readonly name = 'BadCoverageFile'
  constructor(readonly file: string, readonly fault: string) {
    super(`${file} is no coverage of a test run: ${fault}. Write one with attune test --coverage-out FILE.`)
  }
}
