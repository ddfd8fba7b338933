import { ConversationBusy } from './errors.js'

/** Runs work of one conversation one after another, in the order of arrival; different conversations do not wait for each other. */
export type ConversationLock = {
  /** Throws ConversationBusy where the queue is full. */
  readonly run: <Result>(conversation: string, work: () => Promise<Result>) => Promise<Result>
  /** Resolves once nothing runs or waits. */
  readonly idle: () => Promise<void>
  readonly running: () => number
}

/** A lock inside this process. It only saves work: what keeps two writers apart is the store's compare-and-append. */
export const conversationLock = (maximumWaiting = 32): ConversationLock => {
  const queues = new Map<string, { last: Promise<unknown>; length: number }>()
  return {
    run: (conversation, work) => {
      const queue = queues.get(conversation) ?? { last: Promise.resolve(), length: 0 }
      if (queue.length > maximumWaiting) return Promise.reject(new ConversationBusy(maximumWaiting))
      queues.set(conversation, queue)
      queue.length += 1
      const done = queue.last.then(work).finally(() => {
        queue.length -= 1
        if (queue.length === 0) queues.delete(conversation)
      })
      queue.last = done.catch(() => { /* its own caller hears of it; the next one must still run */ })
      return done
    },
    idle: async () => {
      while (queues.size > 0) await Promise.all([...queues.values()].map(({ last }) => last))
    },
    running: () => queues.size,
  }
}
