import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { listed, nearest } from './nearest.js'
import { caution, mistake, type Problem, type Report } from './problem.js'
import { schemas, type SchemaName } from './schemas/all.js'
import { adviceFor } from './unsupported.js'
import { valueOf, type Span, type YamlNode } from './yaml-node.js'

// Compiling takes milliseconds a schema, so each waits until its kind of YAML turns up.
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true })
const compiled = new Map<SchemaName, ValidateFunction>()
const validatorFor = (name: SchemaName): ValidateFunction => {
  const known = compiled.get(name)
  if (known !== undefined) return known
  const validator = ajv.compile(schemas[name])
  compiled.set(name, validator)
  return validator
}

/** Whether a node has the shape of its kind. What is wrong is reported where it stands; warnings alone do not make it unfit. */
export const hasShape = (name: SchemaName, node: YamlNode, report: Report): boolean => {
  const validate = validatorFor(name)
  if (validate(valueOf(node))) return true
  let fit = true
  for (const error of validate.errors ?? []) {
    const problem = problemOf(name, node, error)
    if (problem === null) continue
    report(problem)
    if (problem.severity === 'error') fit = false
  }
  return fit
}

/** AJV's path and typed params as a located problem. */
const problemOf = (name: SchemaName, root: YamlNode, { keyword, instancePath, params, parentSchema }: ErrorObject): Problem | null => {
  const node = nodeAt(root, instancePath)
  const what = subject(name, instancePath)
  const param = (key: string): string => String((params as Readonly<Record<string, unknown>>)[key])
  switch (keyword) {
    case 'additionalProperties':
      return unknownKey(name, node, param('additionalProperty'), Object.keys((parentSchema?.['properties'] ?? {}) as object))
    case 'required':
      return mistake(node.kind === 'map' ? firstKey(node) : node, 'missing-key', `${what} needs the key "${param('missingProperty')}".`, { expected: `${param('missingProperty')}: ...` })
    case 'type': return wrongType(node, what, (params as { readonly type: string | readonly string[] }).type)
    case 'enum': {
      const allowed = (params as { readonly allowedValues: readonly unknown[] }).allowedValues.map(String)
      const near = nearest(shown(node), allowed)
      return mistake(node, 'not-allowed', `${what} has a value it cannot have.`, { found: shown(node), expected: `one of ${listed(allowed, 20)}`, suggestion: near })
    }
    case 'pattern':
      return mistake(node, 'bad-name', `${what} is not written as it must be.`, { found: shown(node), expected: (parentSchema as { description?: string }).description ?? `a text like ${param('pattern')}` })
    case 'minItems': case 'minLength': case 'minProperties':
      return mistake(node, 'empty', `${what} is empty.`, { expected: keyword === 'minLength' ? 'some text' : 'at least one entry' })
    case 'maxItems': case 'maxLength': case 'maxProperties':
      return mistake(node, 'too-long', `${what} is too long.`, { expected: `at most ${param('limit')}` })
    case 'minimum': case 'maximum': case 'exclusiveMinimum':
      return mistake(node, 'out-of-range', `${what} is out of range.`, { found: shown(node), expected: `${param('comparison')} ${param('limit')}` })
    case 'if': return null // the failing branch reports itself
    default: return mistake(node, 'bad-value', `${what} is not as it should be.`, { found: shown(node) })
  }
}

/** A misspelt key changes what a flow does, so it is an error; a key of a release we do not know is only said aloud. */
const unknownKey = (name: SchemaName, node: YamlNode, key: string, known: readonly string[]): Problem => {
  const span: Span = node.kind === 'map' ? node.entries.get(key)?.key ?? node : node
  const advice = adviceFor(name, key)
  if (advice !== null) return caution(span, 'not-supported', advice, { found: key })
  const near = nearest(key, known)
  const details = { found: key, expected: `one of ${listed(known, 20)}`, suggestion: near }
  return near !== null
    ? mistake(span, 'unknown-key', `"${key}" is not a key that can stand here.`, details)
    : caution(span, 'unknown-key', `"${key}" is not a key attune knows here; it is ignored.`, details)
}

const wrongType = (node: YamlNode, what: string, type: string | readonly string[]): Problem => {
  const types = [type].flat()
  const quotable = types.includes('string') && node.kind === 'scalar' && node.value !== null
  return mistake(node, 'wrong-type', `${what} has the wrong type.`, {
    found: shown(node),
    expected: types.map((one) => words[one] ?? one).join(' or '),
    suggestion: quotable ? `"${node.written}"` : null,
  })
}
const words: Readonly<Record<string, string>> = {
  string: 'a text', number: 'a number', integer: 'a whole number', boolean: 'true or false', object: 'a map', array: 'a list', null: 'nothing',
}

const shown = (node: YamlNode): string => {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a map' : 'a list'
  if (node.value === null) return 'nothing'
  return typeof node.value === 'string' ? node.value.slice(0, 80) : node.written
}

const pathOf = (pointer: string): readonly string[] =>
  pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

const nodeAt = (root: YamlNode, pointer: string): YamlNode => {
  let node = root
  for (const part of pathOf(pointer)) {
    const next = node.kind === 'map' ? node.entries.get(part)?.value : node.kind === 'list' ? node.items[Number(part)] : undefined
    if (next === undefined) return node
    node = next
  }
  return node
}

const subject = (name: SchemaName, pointer: string): string => {
  const last = pathOf(pointer).filter((part) => !/^\d+$/.test(part)).at(-1)
  return last === undefined ? `This ${titles[name] ?? name.replaceAll('_', ' ')}` : `"${last}"`
}
const titles: Partial<Record<SchemaName, string>> = { set_slots: 'set_slots step', variation: 'variation of a response', nlu: 'intent' }

const firstKey = (node: YamlNode & { readonly kind: 'map' }): Span => [...node.entries.values()][0]?.key ?? node
