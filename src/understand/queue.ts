/** Work that is done one after the other, in the order it came. */
export type Queue = {
  readonly run: <T>(work: () => Promise<T>) => Promise<T>
  readonly isBusy: () => boolean
}

export const createQueue = (): Queue => {
  let [last, waiting]: [Promise<unknown>, number] = [Promise.resolve(), 0]
  return {
    isBusy: () => waiting > 0,
    run: (work) => {
      waiting++
      const done = last.then(work).finally(() => waiting--)
      last = done.catch(() => undefined)
      return done
    },
  }
}
