import { BadModelFile } from './errors.js'

/** Raised when the bytes at hand end too early; the caller may read further into the file and try again. */
export class BytesRanOut extends Error {
  override readonly name = 'BytesRanOut'
  readonly offset: number

  constructor(offset: number) {
    super(`bytes ran out at ${offset}`)
    this.offset = offset
  }
}

/** Little-endian values one after the other, never past the end. */
export class ByteReader {
  readonly file: string
  readonly bytes: Buffer
  readonly fileSize: number
  private position = 0

  /** `bytes` is the beginning of a file of `fileSize` bytes. */
  constructor(file: string, bytes: Buffer, fileSize: number) {
    this.file = file
    this.bytes = bytes
    this.fileSize = fileSize
  }

  get offset(): number {
    return this.position
  }

  fail(found: string, expected: string, advice?: string): never {
    throw new BadModelFile({ file: this.file, offset: this.position, found, expected, ...(advice === undefined ? {} : { advice }) })
  }

  /** Moves over `length` bytes and gives where they began. */
  skip(length: number): number {
    const start = this.position
    if (length > this.fileSize - start) {
      this.fail(`the end of the file (${this.fileSize} bytes)`, `${length} more bytes`, 'The file is cut off; fetch it again.')
    }
    if (length > this.bytes.length - start) throw new BytesRanOut(start)
    this.position = start + length
    return start
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.skip(4))
  }

  u64(): bigint {
    return this.bytes.readBigUInt64LE(this.skip(8))
  }

  /** A 64-bit count of things of at least `bytesEach` bytes, refused when the rest of the file cannot hold so many, or above `limit`. */
  count(what: string, bytesEach: number, limit = Infinity): number {
    const count = this.u64()
    const most = Math.min(limit, Math.floor((this.fileSize - this.position) / bytesEach))
    if (count > BigInt(most)) this.fail(`${count} ${what}`, `at most ${most} in a file of ${this.fileSize} bytes`)
    return Number(count)
  }

  text(what: string): string {
    const length = this.count(`bytes of ${what}`, 1)
    const start = this.skip(length)
    return this.bytes.toString('utf8', start, start + length)
  }
}
