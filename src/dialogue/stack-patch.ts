import { isDeepStrictEqual } from 'node:util'
import type { SlotValue } from '../project/types.js'
import { StackPatchFailed } from './errors.js'
import type { TrackerEvent } from './events.js'
import type { Frame } from './frames.js'

type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: SlotValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string }

/**
 * The change from one stack to another as JSON Patch (RFC 6902), the text of a `stack` event; null where nothing changed.
 * Frames keep their ids: up to the first frame that differs in its id, fields are compared; from there on frames are exchanged.
 */
export const stackPatch = (from: readonly Frame[], to: readonly Frame[]): string | null => {
  const operations: string[] = []
  let kept = 0
  for (; kept < from.length && kept < to.length; kept++) {
    const [old, now] = [from[kept], to[kept]]
    if (old === undefined || now === undefined || old.frame_id !== now.frame_id) break
    if (old !== now) operations.push(...fieldChanges(kept, old, now))
  }
  for (let index = from.length - 1; index >= kept; index--) operations.push(`{"op":"remove","path":"/${index}"}`)
  for (let index = kept; index < to.length; index++) operations.push(`{"op":"add","path":"/${index}","value":${JSON.stringify(to[index])}}`)
  return operations.length === 0 ? null : `[${operations.join()}]`
}

const fieldChanges = (index: number, before: Readonly<Record<string, SlotValue>>, after: Readonly<Record<string, SlotValue>>): readonly string[] => {
  const operations: string[] = []
  for (const field in before) if (!(field in after)) operations.push(`{"op":"remove","path":${pathText(index, field)}}`)
  for (const field in after) {
    const value = after[field]
    const op = field in before ? 'replace' : 'add'
    if (op === 'replace' && (before[field] === value || (typeof value === 'object' && isDeepStrictEqual(before[field], value)))) continue
    operations.push(`{"op":"${op}","path":${pathText(index, field)},"value":${JSON.stringify(value)}}`)
  }
  return operations
}

/** The names of frames' own fields need no escaping; a pattern's context may be called anything. */
const pathText = (index: number, field: string): string =>
  /^\w+$/.test(field) ? `"/${index}/${field}"` : JSON.stringify(`/${index}/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`)

type StackEvent = Extract<TrackerEvent, { event: 'stack' }>
type Change = { readonly update: string; readonly from: readonly Frame[]; readonly to: readonly Frame[] }
/**
 * What the engine has just worked out need not be worked out again from the text when the event is folded, which mostly is at once.
 * A few places suffice: what was pushed out is read from its text, to the same result. (A WeakMap would cost more in collection.)
 */
const recent: (Change | undefined)[] = Array.from({ length: 8 })
let oldest = 0

/** The `stack` event that leads from one stack to the other, null where they are equal. */
export const stackEvent = (from: readonly Frame[], to: readonly Frame[]): StackEvent | null => {
  const update = stackPatch(from, to)
  if (update === null) return null
  recent[oldest] = { update, from, to }
  oldest = (oldest + 1) % recent.length
  return { event: 'stack', update }
}

/** The stack after a `stack` event. Throws StackPatchFailed. */
export const stackAfter = (stack: readonly Frame[], { update }: StackEvent): readonly Frame[] => {
  for (const change of recent) if (change?.from === stack && change.update === update) return change.to
  return patched(stack, update)
}

/** Applies a `stack` event. Throws StackPatchFailed where the patch does not fit. */
export const patched = (stack: readonly Frame[], update: string): readonly Frame[] => {
  let value: SlotValue = stack
  for (const operation of operationsOf(update)) value = operate(value, operation)
  if (!Array.isArray(value)) throw new StackPatchFailed('the stack would no longer be a list', '')
  return value as readonly unknown[] as readonly Frame[]
}

const operationsOf = (update: string): readonly Operation[] => {
  try {
    const parsed: unknown = JSON.parse(update)
    if (Array.isArray(parsed)) return parsed as readonly Operation[]
  } catch { /* told below, with the place */ }
  throw new StackPatchFailed('the update is not a JSON Patch document', '')
}

const operate = (value: SlotValue, operation: Operation): SlotValue => {
  const path = keysOf(operation.path)
  switch (operation.op) {
    case 'add': case 'replace': return changed(value, path, operation.op, operation.value)
    case 'remove': return changed(value, path, 'remove', null)
    case 'copy': return changed(value, path, 'add', found(value, keysOf(operation.from), operation.from))
    case 'move': {
      const moved = found(value, keysOf(operation.from), operation.from)
      return changed(changed(value, keysOf(operation.from), 'remove', null), path, 'add', moved)
    }
    case 'test':
      if (isDeepStrictEqual(found(value, path, operation.path), operation.value)) return value
      throw new StackPatchFailed('the value there is not the expected one', operation.path)
    default: {
      const unknown: never = operation
      throw new StackPatchFailed(`"${String((unknown as { op: unknown }).op)}" is not an operation of JSON Patch`, '')
    }
  }
}

const keysOf = (path: string): readonly string[] =>
  path === '' ? [] : path.slice(1).split('/').map((key) => (key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key))

const found = (value: SlotValue, keys: readonly string[], path: string): SlotValue => {
  let at: SlotValue | undefined = value
  for (const key of keys) at = typeof at === 'object' && at !== null ? (at as Readonly<Record<string, SlotValue>>)[key] : undefined
  if (at === undefined) throw new StackPatchFailed('there is nothing there', path)
  return at
}

/** A copy of `value` changed at `keys`; everything beside the path is shared. */
const changed = (value: SlotValue, keys: readonly string[], op: 'add' | 'replace' | 'remove', put: SlotValue): SlotValue => {
  const [key, ...deeper] = keys
  if (key === undefined) return op === 'remove' ? null : put
  if (Array.isArray(value)) return changedList(value as readonly SlotValue[], key, deeper, op, put)
  if (typeof value !== 'object' || value === null) throw new StackPatchFailed('there is no list or map there', `/${keys.join('/')}`)
  const map = { ...(value as Readonly<Record<string, SlotValue>>) }
  if ((op !== 'add' || deeper.length > 0) && !Object.hasOwn(map, key)) throw new StackPatchFailed('there is nothing there', `/${keys.join('/')}`)
  if (deeper.length === 0 && op === 'remove') Reflect.deleteProperty(map, key)
  else Object.defineProperty(map, key, { value: deeper.length === 0 ? put : changed(map[key] ?? null, deeper, op, put), writable: true, enumerable: true, configurable: true })
  return map
}

const changedList = (list: readonly SlotValue[], key: string, deeper: readonly string[], op: 'add' | 'replace' | 'remove', put: SlotValue): SlotValue => {
  const index = key === '-' ? list.length : Number(key)
  const last = op === 'add' && deeper.length === 0 ? list.length : list.length - 1
  if (!Number.isInteger(index) || index < 0 || index > last) throw new StackPatchFailed(`the list has ${list.length} items`, `/${key}`)
  const copy = [...list]
  if (deeper.length > 0) copy[index] = changed(copy[index] ?? null, deeper, op, put)
  else if (op === 'replace') copy[index] = put
  else copy.splice(index, op === 'remove' ? 1 : 0, ...(op === 'remove' ? [] : [put]))
  return copy
}
