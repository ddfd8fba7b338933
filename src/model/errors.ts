/** Where a model file is wrong: what was found, what was expected there, and what to do about it. */
export type FileFault = {
  readonly file: string
  /** Byte offset of the faulty place, where one is known. */
  readonly offset?: number
  readonly found: string
  readonly expected: string
  readonly advice?: string
}

const advised = (advice: string | undefined): string => advice === undefined ? '' : ` ${advice}`

/** The bytes of a model, tokenizer or adapter file do not hold what their format asks for. */
export class BadModelFile extends Error {
  override readonly name = 'BadModelFile'
  readonly fault: FileFault

  constructor(fault: FileFault) {
    const place = fault.offset === undefined ? fault.file : `${fault.file}, byte ${fault.offset}`
    super(`${place}: found ${fault.found}, expected ${fault.expected}.${advised(fault.advice)}`)
    this.fault = fault
  }
}

/** The file is sound, but holds something that attune cannot run: an architecture, a tensor type, a tokenizer. */
export class UnsupportedModel extends Error {
  override readonly name = 'UnsupportedModel'
  readonly file: string
  readonly what: string
  readonly found: string
  readonly supported: readonly string[]

  constructor(file: string, what: string, found: string, supported: readonly string[], advice?: string) {
    super(`${file}: ${what} ${found} is not supported; supported: ${supported.join(', ')}.${advised(advice)}`)
    this.file = file
    this.what = what
    this.found = found
    this.supported = supported
  }
}
