/** What a download, an archive or a cache can do wrong. Every message says what to do next. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed'
  readonly what: string
  readonly reason: string
  /** True when trying again may help: the connection broke, the server was busy. */
  readonly temporary: boolean

  constructor(what: string, reason: string, temporary: boolean, advice = 'Run the command again; what has arrived is kept.') {
    super(`${what} could not be fetched: ${reason}. ${advice}`)
    this.what = what
    this.reason = reason
    this.temporary = temporary
  }
}

/** The bytes are not those that attune was written for. The file has been removed. */
export class ChecksumMismatch extends Error {
  override readonly name = 'ChecksumMismatch'
  readonly file: string
  readonly expected: string
  readonly found: string

  constructor(file: string, expected: string, found: string) {
    super(`${file} has SHA-256 ${found}, expected ${expected}. It was not used. ` +
      'Somebody between here and its source changed it, or the source did; fetch it on another network to tell which.')
    this.file = file
    this.expected = expected
    this.found = found
  }
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`

export class DiskFull extends Error {
  override readonly name = 'DiskFull'
  readonly path: string
  readonly neededBytes: number | undefined

  constructor(path: string, neededBytes: number | undefined) {
    const need = neededBytes === undefined ? '' : ` ${megabytes(neededBytes)} more are needed.`
    super(`The disk that holds ${path} is full.${need} Free some space, or point ATTUNE_CACHE to another disk, and run the command ` +
      'again: what has arrived is kept.')
    this.path = path
    this.neededBytes = neededBytes
  }
}

/** An archive does not hold what it should, or holds it in another size. */
export class BadArchive extends Error {
  override readonly name = 'BadArchive'
  readonly file: string

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}. Remove it and run the command again.`)
    this.file = file
  }
}

/** A program that fetching needs is not there, or refused. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed'
  readonly program: string

  constructor(program: string, reason: string, advice: string) {
    super(`${program}: ${reason}. ${advice}`)
    this.program = program
  }
}

export class PlatformUnsupported extends Error {
  override readonly name = 'PlatformUnsupported'
  readonly platform: string

  constructor(what: string, platform: string, supported: readonly string[], advice: string) {
    super(`There is no ${what} for ${platform}; there is for ${supported.join(', ')}. ${advice}`)
    this.platform = platform
  }
}

/** The name of a model that leads nowhere. */
export class ModelNotFound extends Error {
  override readonly name = 'ModelNotFound'
  readonly source: string

  constructor(source: string, problem: string) {
    super(`Model ${JSON.stringify(source)}: ${problem}.`)
    this.source = source
  }
}
