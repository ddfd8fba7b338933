/**
 * The result of work that has to end in time and may be called off. The work is told by its signal; it is not waited for beyond that,
 * whether it heeds the signal or not. Throws a DOMException 'TimeoutError', and what the work throws or it was called off with.
 *
 * Timer and listener go with the work: those of AbortSignal.timeout and AbortSignal.any stay until their time has come, and of a
 * busy server's turns that would be thousands.
 */
export const inTime = async <Result>(milliseconds: number, calledOff: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> => {
  const limit = new AbortController()
  const stop = (): void => limit.abort(calledOff.reason)
  if (calledOff.aborted) stop()
  const timer = setTimeout(() => limit.abort(new DOMException('The time is up.', 'TimeoutError')), milliseconds)
  calledOff.addEventListener('abort', stop, { once: true })
  try {
    return await new Promise<Result>((resolve, reject) => {
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error), { once: true })
      work(limit.signal).then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    calledOff.removeEventListener('abort', stop)
  }
}
