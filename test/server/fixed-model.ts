import type { ServerModel } from '../../src/server/route.js'

/** A server whose model stays the one it is. */
export const fixedModel: ServerModel = {
  loaded: { version: 'scripted', file: 'none' },
  load: () => Promise.reject(new Error('this model stays')), unload: () => Promise.reject(new Error('this model stays')),
}
