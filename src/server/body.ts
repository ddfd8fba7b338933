import type { ErrorObject, ValidateFunction } from 'ajv'
import { parseJson } from '../actions/limited-json.js'
import { RequestRefused } from './failure.js'

export const bodyDepth = 32

/** A request body as it came. Refused with 413 as soon as it is known to be too large, before the rest is read. */
export const limitedBytes = async (request: Request, maximumBytes: number): Promise<Buffer> => {
  const tooLarge = (): RequestRefused =>
    new RequestRefused(413, 'BodyTooLarge', `The request body is larger than ${maximumBytes} bytes.`, { maximum_bytes: maximumBytes })
  if (Number(request.headers.get('content-length') ?? 0) > maximumBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maximumBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The same as text. */
export const limitedBody = async (request: Request, maximumBytes: number): Promise<string> => {
  const bytes = await limitedBytes(request, maximumBytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new RequestRefused(400, 'BadEncoding', 'The request body is not UTF-8.')
  }
}

/** A body as JSON of this shape; a 400 says where it stops being one, or which field is wrong. */
export const checkedBody = <Body>(text: string, isBody: ValidateFunction<Body>): Body => {
  const parsed = parseJson(text, { depth: bodyDepth })
  if ('fault' in parsed) {
    const { position, fault } = parsed
    const before = text.slice(0, position ?? 0).split('\n')
    const place = position === null ? {} : { position, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
    throw new RequestRefused(400, 'BadRequest', `The request body cannot be read: ${fault}${position === null ? '' : ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`}.`, place)
  }
  const { value } = parsed
  if (isBody(value)) return value
  const [first] = isBody.errors ?? []
  throw new RequestRefused(400, 'BadRequest', first ? sentence(first) : 'The request body has the wrong shape.', { field: first ? fieldOf(first) : '' })
}

const fieldOf = ({ instancePath, keyword, params }: ErrorObject): string => {
  const path = instancePath.slice(1).replaceAll('/', '.')
  const missing = keyword === 'required' ? (params as { readonly missingProperty: string }).missingProperty : ''
  return [path, missing].filter((part) => part !== '').join('.')
}

const sentence = (error: ErrorObject): string => {
  const field = fieldOf(error)
  if (error.keyword === 'required') return `The request body needs the field "${field}".`
  const { message = 'is wrong' } = error
  return field === '' ? `The request body ${message}.` : `The field "${field}" ${message}.`
}
