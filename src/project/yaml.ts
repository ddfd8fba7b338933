import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser, type CST, type ParsedNode } from 'yaml'
import { mistake, type Problem } from './problem.js'
import type { SlotValue } from './types.js'
import { sourceText, valueOf, type ListNode, type MapEntry, type MapNode, type ScalarNode, type ScalarValue, type SourceText, type Span, type YamlNode } from './yaml-node.js'

/** What a YAML file may cost at most. Wide enough for every honest project, narrow enough that a bomb is a message. */
export const limits = {
  fileBytes: 5_000_000,
  depth: 64,
  /** Nodes a file may stand for once its aliases are written out, on top of its own. */
  aliasedNodes: 100_000,
  syntaxErrors: 20,
} as const

export type ParsedYaml = {
  readonly source: SourceText
  /** Null where the file is empty or cannot be read as YAML. */
  readonly root: YamlNode | null
  readonly problems: readonly Problem[]
}

/** YAML 1.2 with positions. Never throws: whatever is wrong with the text comes back as located problems. */
export const parseYaml = (file: string, text: string): ParsedYaml => {
  const source = sourceText(file, text)
  const problems: Problem[] = []
  const tokens = tokensOf(text)
  if (typeof tokens === 'number') {
    problems.push(mistake({ source, start: tokens, end: tokens + 1 }, 'too-deep', `Values are nested more than ${limits.depth} levels deep here.`, {
      expected: `at most ${limits.depth} levels`,
    }))
    return { source, root: null, problems }
  }
  // Unique keys are checked below with a map: the library compares each key with all others.
  const documents = [...new Composer({ uniqueKeys: false, keepSourceTokens: false }).compose(tokens, true, text.length)]
  for (const document of documents) {
    for (const { pos, message } of [...document.errors, ...document.warnings]) {
      problems.push(mistake({ source, start: pos[0], end: Math.max(pos[1], pos[0] + 1) }, 'yaml-syntax', `${message}${/[.!?]$/.test(message) ? '' : '.'}`))
    }
  }
  const second = documents[1]
  if (second !== undefined && problems.length === 0) {
    const start = second.range[0]
    problems.push(mistake({ source, start, end: start + 1 }, 'several-documents', 'A second YAML document begins here.', {
      expected: 'one document per file', suggestion: 'move it to a file of its own',
    }))
  }
  if (problems.length > 0) return { source, root: null, problems: problems.slice(0, limits.syntaxErrors) }
  const contents = documents[0]?.contents ?? null
  const root = contents === null ? null : new Conversion(source, problems).convert(contents)
  return { source, root, problems }
}

/** Tokens of the file, or the offset where nesting passes the limit: composing a bomb would overflow the stack, so it goes no further. */
const tokensOf = (text: string): readonly CST.Token[] | number => {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    // The stack holds the document and every list and map that is open, and a pair or value in the making.
    if (parser.stack.length > limits.depth + 2) return parser.offset
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

/** From the library's nodes to ours: aliases resolved and counted, merge keys applied, keys checked for doubles. */
class Conversion {
  readonly #anchors = new Map<string, YamlNode>()
  #aliased = 0

  constructor(readonly source: SourceText, readonly problems: Problem[]) {}

  convert(node: ParsedNode | null): YamlNode {
    if (node === null) return this.#scalar({ source: this.source, start: 0, end: 0 }, null, '', false)
    const span = this.#span(node.range)
    if (isAlias(node)) return this.#alias(node.source, span)
    const converted = isMap(node) ? this.#map(node.items, span)
      : isSeq(node) ? this.#list(node.items, span)
      : this.#scalar(span, scalarValue(node.value), node.source, node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
    if (node.anchor) this.#anchors.set(node.anchor, converted)
    return converted
  }

  #span(range: readonly [number, number, number]): Span {
    return { source: this.source, start: range[0], end: Math.max(range[0], range[1]) }
  }

  #scalar({ source, start, end }: Span, value: ScalarValue, written: string, block: boolean): ScalarNode {
    return { source, start, end, kind: 'scalar', value, written, block, size: 1 }
  }

  #list(items: readonly (ParsedNode | null)[], { source, start, end }: Span): ListNode {
    const converted = items.map((item) => this.convert(item))
    const size = converted.reduce((sum, item) => sum + item.size, 1)
    return { source, start, end, kind: 'list', items: converted, size, plain: converted.map(valueOf) }
  }

  #alias(name: string, span: Span): YamlNode {
    const anchored = this.#anchors.get(name)
    if (anchored === undefined) {
      this.problems.push(mistake(span, 'unknown-anchor', `The alias *${name} names no anchor above it.`, {
        expected: `an anchor &${name} on an earlier value that does not hold this alias itself`,
      }))
      return this.#scalar(span, null, '', false)
    }
    this.#aliased += anchored.size
    if (this.#aliased <= limits.aliasedNodes) return anchored
    this.problems.push(mistake(span, 'too-many-aliases', 'The aliases of this file stand for too many values.', {
      expected: `at most ${limits.aliasedNodes} values through aliases`, suggestion: 'write the values out, or use fewer aliases of aliases',
    }))
    return this.#scalar(span, null, '', false)
  }

  #map(pairs: readonly { readonly key: ParsedNode | null; readonly value: ParsedNode | null }[], { source, start, end }: Span): MapNode {
    const entries = new Map<string, MapEntry>()
    const merged: MapNode[] = []
    const plain: Record<string, SlotValue> = {}
    let size = 1
    for (const pair of pairs) {
      const [from, to] = pair.key === null ? [start, end] : pair.key.range
      const value = pair.value === null ? this.#scalar({ source, start: to, end: to }, null, '', false) : this.convert(pair.value)
      size += value.size
      const span = { source, start: from, end: to }
      const name = this.#keyName(pair.key, span)
      if (name === null) continue
      if (name === '<<' && isPlain(pair.key)) merged.push(...this.#mergedMaps(value))
      else if (!this.#refuses(entries, name, span)) {
        entries.set(name, { key: { source, start: from, end: to, name }, value })
        plain[name] = valueOf(value)
      }
    }
    for (const map of merged) {
      for (const [name, entry] of map.entries) {
        if (entries.has(name)) continue
        entries.set(name, entry)
        plain[name] = valueOf(entry.value)
      }
    }
    return { source, start, end, kind: 'map', entries, size, plain }
  }

  #refuses(entries: ReadonlyMap<string, MapEntry>, name: string, span: Span): boolean {
    if (name === '__proto__') {
      this.problems.push(mistake(span, 'reserved-key', 'The name "__proto__" cannot be used as a key.', { suggestion: 'choose another name' }))
      return true
    }
    if (!entries.has(name)) return false
    this.problems.push(mistake(span, 'duplicate-key', `The key "${name}" stands twice in the same map.`, { expected: 'each key once', suggestion: 'remove or rename one of them' }))
    return true
  }

  #keyName(key: ParsedNode | null, span: Span): string | null {
    const resolved = key !== null && isAlias(key) ? this.#alias(key.source, span) : null
    if (resolved?.kind === 'scalar' && typeof resolved.value === 'string') return resolved.value
    if (key !== null && isScalar(key)) {
      if (key.anchor) this.convert(key)
      return typeof key.value === 'string' ? key.value : key.source
    }
    this.problems.push(mistake(span, 'not-a-key', 'A key must be a word or a text.', { found: key === null ? 'nothing' : 'a list or a map' }))
    return null
  }

  #mergedMaps(value: YamlNode): readonly MapNode[] {
    if (value.kind === 'map') return [value]
    if (value.kind === 'list') return value.items.flatMap((item) => this.#mergedMaps(item))
    this.problems.push(mistake(value, 'wrong-type', 'Only maps can be merged with <<.', { expected: 'an alias of a map' }))
    return []
  }
}

const isPlain = (key: ParsedNode | null): boolean => key !== null && isScalar(key) && key.type === 'PLAIN'
const scalarValue = (value: unknown): ScalarValue =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : typeof value === 'bigint' ? Number(value) : null
