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
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    return { fault: text.trim() === '' ? 'it is empty' : 'it is not JSON', position: position === undefined ? endOf(text) : Number(position) }
  }
}

/** V8 names no position where the text ends too soon: that is the place. */
const endOf = (text: string): number => text.length

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

const holdsProto = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if (!Array.isArray(value) && Object.hasOwn(value, '__proto__')) return true
  return Object.values(value).some(holdsProto)
}
