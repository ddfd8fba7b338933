import { Template } from '@huggingface/jinja'
import { parseCondition } from '../project/condition-parser.js'
import type { Condition } from '../project/condition.js'
import type { Project, SlotValue } from '../project/types.js'
import type { Frame } from './frames.js'
import { contextOf, contextValue } from './stack.js'

/** What conditions and templates see: the slots, and as `context` either given values or what the frame on top of the stack knows. */
export type TemplateScope = { readonly slots: ReadonlyMap<string, SlotValue> } & (
  | { readonly context: Readonly<Record<string, SlotValue>> }
  | { readonly project: Project; readonly stack: readonly Frame[] }
)

/** One value of `context`. */
export const contextIn = (scope: TemplateScope, name: string): SlotValue | undefined => {
  if ('stack' in scope) return contextValue(scope.project, scope.stack, name)
  return Object.hasOwn(scope.context, name) ? scope.context[name] : undefined
}

/** A condition or an action name holds Jinja that cannot be used. Becomes a Fault; never leaves the room. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault'
}

type Hole = { readonly space: 'slots' | 'context'; readonly path: readonly string[]; readonly quote: string | null }
/** Nearly all templates only insert values; they are filled without Jinja, which costs a hundred times as much. */
type Plan =
  | { readonly kind: 'fill'; readonly parts: readonly (string | Hole)[]; readonly only: Hole | null; readonly texts: Map<string, string> }
  | { readonly kind: 'jinja'; readonly template: Template }

const plans = new Map<string, Plan>()
const conditions = new Map<string, Condition>()
/** Sources come from project files and values from the project's names, so both maps stay small; the limit guards against the odd case. */
const LIMIT = 2_000

const planOf = (source: string): Plan => {
  const known = plans.get(source)
  if (known !== undefined) return known
  if (plans.size >= LIMIT) plans.clear()
  const plan = planned(source)
  plans.set(source, plan)
  return plan
}

const planned = (source: string): Plan => {
  const parts: (string | Hole)[] = []
  let at = 0
  let quote: string | null = null
  for (const hole of source.matchAll(/\{\{\s*(slots|context)\.([\w.]+)\s*\}\}/g)) {
    const text = source.slice(at, hole.index)
    quote = quoteAfter(text, quote)
    parts.push(text, { space: hole[1] === 'slots' ? 'slots' : 'context', path: (hole[2] ?? '').split('.'), quote })
    at = hole.index + hole[0].length
  }
  parts.push(source.slice(at))
  if (!parts.some((part) => typeof part === 'string' && /\{\{|\{%|\{#/.test(part))) {
    const [only = null, ...others] = parts.filter((part) => typeof part !== 'string')
    return { kind: 'fill', parts, only: others.length === 0 ? only : null, texts: new Map() }
  }
  try {
    return { kind: 'jinja', template: new Template(source) }
  } catch (error) {
    throw new TemplateFault(`The template "${source}" cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The quotation mark that is open at the end of `text`. */
const quoteAfter = (text: string, open: string | null): string | null => {
  let quote = open
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quote !== null && character === '\\') at++
    else if (quote !== null && character === quote) quote = null
    else if (quote === null && (character === '"' || character === '\'')) quote = character
  }
  return quote
}

/** The text with its Jinja filled in. Throws TemplateFault. */
export const filled = (source: string, scope: TemplateScope): string => {
  if (!source.includes('{')) return source
  const plan = planOf(source)
  if (plan.kind === 'jinja') return rendered(source, plan.template, scope)
  const value = plan.only === null ? undefined : valueAt(plan.only, scope)
  return typeof value === 'string' ? keptText(plan.texts, value, () => joined(plan.parts, scope)) : joined(plan.parts, scope)
}

const joined = (parts: readonly (string | Hole)[], scope: TemplateScope): string => {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : written(valueAt(part, scope), part.quote)
  return text
}

/** Into the only hole of a pattern's template the same few names fall: a text that is known is already hashed, which its look-up elsewhere needs. */
const keptText = (texts: Map<string, string>, value: string, made: () => string): string => {
  const known = texts.get(value)
  if (known !== undefined) return known
  if (texts.size >= LIMIT) texts.clear()
  const text = made()
  texts.set(value, text)
  return text
}

const rendered = (source: string, template: Template, scope: TemplateScope): string => {
  try {
    return template.render({ slots: Object.fromEntries([...scope.slots].map(([name, value]) => [name, harmless(value)])), context: harmless('stack' in scope ? contextOf(scope.project, scope.stack) : scope.context) })
  } catch (error) {
    throw new TemplateFault(`The template "${source}" cannot be filled: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What a user said must not close a quotation in a condition: within Jinja proper we cannot see the quotation, so its marks are replaced. */
const harmless = (value: SlotValue): SlotValue => {
  if (typeof value === 'string') return value.replaceAll(/["'\\]/g, '\uFFFD')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly SlotValue[]).map(harmless)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, harmless(inner)]))
}

const valueAt = ({ space, path }: Hole, scope: TemplateScope): SlotValue | undefined =>
  inside(space === 'slots' ? scope.slots.get(path[0] ?? '') : contextIn(scope, path[0] ?? ''), path)

/** The value at the rest of a path. */
export const inside = (value: SlotValue | undefined, path: readonly string[]): SlotValue | undefined => {
  let found = value
  for (let at = 1; at < path.length; at++) {
    const key = path[at] ?? ''
    found = typeof found === 'object' && found !== null && Object.hasOwn(found, key) ? (found as Readonly<Record<string, SlotValue>>)[key] : undefined
  }
  return found
}

/** As Jinja writes values: Python's spelling of the three constants, nothing for what is undefined. */
const written = (value: SlotValue | undefined, quote: string | null): string => {
  if (value === undefined) return ''
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return quote === null ? text : text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)
}

/** A template condition, filled and parsed. Throws TemplateFault. */
export const conditionOf = (source: string, scope: TemplateScope): Condition => {
  const text = filled(source, scope)
  const known = conditions.get(text)
  if (known !== undefined) return known
  // An {% if %} that leaves nothing leaves nothing that could hold.
  const parsed = parseCondition(text.trim() === '' && source.includes('{%') ? 'false' : text)
  if (parsed.condition === null || parsed.condition.kind === 'template') {
    throw new TemplateFault(`The condition "${source}" became something that cannot be read: ${parsed.fault?.message ?? 'it still holds Jinja'}`)
  }
  if (conditions.size >= LIMIT) conditions.clear()
  conditions.set(text, parsed.condition)
  return parsed.condition
}
