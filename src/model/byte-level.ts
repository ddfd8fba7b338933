/**
 * Byte-level BPE writes each byte as a printable letter, so that a vocabulary is text. The map: OpenAI, gpt-2, encoder.py
 * (`bytes_to_unicode`): printable Latin-1 bytes stand for themselves, the other 68 follow from U+0100 on.
 */
const isPrintable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174

const lettersOfBytes = (): readonly string[] => {
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++))
}

/** The letter of each byte. */
export const byteLetters: readonly string[] = lettersOfBytes()

const bytesOfLetters = new Map(byteLetters.map((letter, byte) => [letter, byte]))

/** The bytes that a token stands for, or undefined when it is not made of byte letters (a special token is plain text). */
export const bytesOfToken = (token: string): Uint8Array | undefined => {
  const bytes = new Uint8Array(token.length)
  for (let i = 0; i < token.length; i += 1) {
    const byte = bytesOfLetters.get(token.charAt(i))
    if (byte === undefined) return undefined
    bytes[i] = byte
  }
  return bytes
}
