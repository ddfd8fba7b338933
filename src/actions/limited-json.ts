export type JsonLimits = { readonly depth: number }
export type ParsedJson = { readonly value: unknown } | { readonly fault: string; readonly position: number | null }

/**
 * JSON from somebody we do not trust: nesting is counted before anything is built, and `__proto__` is no key.
 * The fault tells where, never what, so that it may be logged.
 */
export const parseJson = (text: string, { depth }: JsonLimits): ParsedJson => {
  const deep = firstDeeperThan(text, depth)
  if (deep !== null) return { fault: `values are nested more than ${depth} levels deep`, position: deep }
  try {
    const value: unknown = JSON.parse(text)
    return holdsProto(value) ? { fault: 'the key "__proto__" is not allowed', position: null } : { value }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { fault: text.trim() === '' ? 'it is empty' : 'it is not JSON', position: firstFault(text) }
  }
}

const firstDeeperThan = (text: string, depth: number): number | null => {
  let level = 0
  let isText = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (isText) {
      if (character === '\\') at += 1
      else if (character === '"') isText = false
    } else if (character === '"') isText = true
    else if (character === '{' || character === '[') {
      if (++level > depth) return at
    } else if (character === '}' || character === ']') level -= 1
  }
  return null
}

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing'
const tokens = /[\t\n\r ]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y

/** Where a text stops being JSON. Only asked of texts that are none: V8 does not always tell. */
const firstFault = (text: string): number => {
  const open: string[] = []
  let expected: Expected = 'value'
  tokens.lastIndex = 0
  for (let at = 0; ; at = tokens.lastIndex) {
    const start = at + (/^[\t\n\r ]*/.exec(text.slice(at, at + 10_000))?.[0].length ?? 0)
    const match = tokens.exec(text)
    if (match === null) return start
    const next = after(match[1] ?? (match[2] !== undefined ? 'text' : 'other'), expected, open)
    if (next === null) return start
    expected = next
  }
}

/** What may follow this token, or null where the token itself may not stand. `open` holds the brackets that are open. */
const after = (token: string, expected: Expected, open: string[]): Expected | null => {
  const takesValue = expected === 'value' || expected === 'value or end'
  switch (token) {
    case '{': case '[':
      if (!takesValue) return null
      open.push(token)
      return token === '{' ? 'key or end' : 'value or end'
    case '}': case ']':
      if (open.at(-1) !== (token === '}' ? '{' : '[') || !expected.endsWith('or end')) return null
      open.pop()
      return open.length > 0 ? 'comma or end' : 'nothing'
    case ',':
      if (expected !== 'comma or end') return null
      return open.at(-1) === '{' ? 'key' : 'value'
    case ':': return expected === 'colon' ? 'value' : null
    default:
      if (token === 'text' && (expected === 'key' || expected === 'key or end')) return 'colon'
      if (!takesValue) return null
      return open.length > 0 ? 'comma or end' : 'nothing'
  }
}

const holdsProto = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if (!Array.isArray(value) && Object.hasOwn(value, '__proto__')) return true
  return Object.values(value).some(holdsProto)
}
