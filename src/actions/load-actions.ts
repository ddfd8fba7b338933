import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createJiti } from 'jiti'
import type { Action } from './action.js'
import { ActionModuleBroken } from './errors.js'

/**
 * The actions of a project: everything that modules directly in `actions/` export as `actions`. TypeScript needs no build.
 * A module without that export is a helper of the others. Throws ActionModuleBroken.
 */
export const loadActions = async (root: string): Promise<ReadonlyMap<string, Action>> => {
  const folder = join(root, 'actions')
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const jiti = createJiti(import.meta.url, { interopDefault: false })
  const loaded = new Map<string, { readonly action: Action; readonly file: string }>()
  for (const name of names.filter((each) => /\.(?:ts|js|mjs)$/.test(each) && !/\.(?:d|test)\.ts$/.test(each)).sort()) {
    const file = join(folder, name)
    for (const [action, code] of Object.entries(await actionsIn(file, () => jiti.import(file)))) {
      if (typeof code !== 'function') throw new ActionModuleBroken(file, `"${action}" in its "actions" is no function.`)
      const other = loaded.get(action)
      if (other) throw new ActionModuleBroken(file, `"${action}" is also in ${other.file}. Keep one of them.`)
      loaded.set(action, { action: code as Action, file })
    }
  }
  return new Map([...loaded].map(([name, { action }]) => [name, action]))
}

const actionsIn = async (file: string, load: () => Promise<unknown>): Promise<object> => {
  let module: unknown
  try {
    module = await load()
  } catch (error) {
    throw new ActionModuleBroken(file, `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  if (typeof module !== 'object' || module === null || !('actions' in module)) return {}
  const { actions } = module
  if (typeof actions !== 'object' || actions === null) throw new ActionModuleBroken(file, 'its "actions" must be an object from name to function.')
  return actions
}
