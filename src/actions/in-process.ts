import type { Project } from '../project/types.js'
import type { Action, ActionAnswer, ActionRequest } from './action.js'
import { checkedAnswer, limits } from './answer.js'
import { ActionFailed } from './errors.js'
import { parseJson } from './limited-json.js'

/**
 * Runs an action of the project's own modules. Throws ActionFailed: 'threw', 'timeout' (the action is told by its
 * signal, but cannot be forced to stop), 'stopped', 'invalid-answer', 'too-large'.
 */
export const runInProcess = async (project: Project, action: Action, request: ActionRequest, timeoutMilliseconds: number): Promise<ActionAnswer> => {
  const name = request.action
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMilliseconds)])
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(request.signal.aborted
        ? new ActionFailed(name, 'stopped', 'the turn was stopped')
        : new ActionFailed(name, 'timeout', `it took longer than ${timeoutMilliseconds} ms`))
    }, { once: true })
  })
  stopped.catch(() => { /* nobody waits for it once the action has answered */ })
  let answer: unknown
  try {
    answer = await Promise.race([Promise.resolve().then(() => action({ ...request, signal })), stopped])
  } catch (error) {
    if (error instanceof ActionFailed) throw error
    throw new ActionFailed(name, 'threw', error instanceof Error ? error.name : 'something that is no Error', { cause: error })
  }
  return checkedAnswer(project, name, plainOf(name, answer))
}

/** As plain JSON, so that what is remembered now is what will be read again; `undefined` is an empty answer. */
const plainOf = (name: string, answer: unknown): unknown => {
  if (answer === undefined) return {}
  let text: unknown
  try {
    text = JSON.stringify(answer) // undefined for a function, whatever its declared type says
  } catch (error) {
    throw new ActionFailed(name, 'invalid-answer', 'its answer is not plain JSON', { cause: error })
  }
  if (typeof text !== 'string') throw new ActionFailed(name, 'invalid-answer', 'its answer is not plain JSON')
  if (text.length > limits.bytes) throw new ActionFailed(name, 'too-large', `its answer is longer than ${limits.bytes} characters`)
  const parsed = parseJson(text, limits)
  if ('fault' in parsed) throw new ActionFailed(name, 'invalid-answer', `in its answer ${parsed.fault}`)
  return parsed.value
}
