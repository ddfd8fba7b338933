import type { Action } from './action.js'
import { ActionModuleBroken } from './errors.js'
import { projectModules } from './project-modules.js'

/**
 * The actions of a project: everything that modules directly in `actions/` export as `actions`. TypeScript needs no build.
 * A module without that export is a helper of the others. Throws ActionModuleBroken.
 */
export const loadActions = async (root: string): Promise<ReadonlyMap<string, Action>> => {
  const loaded = new Map<string, { readonly action: Action; readonly file: string }>()
  for (const { file, load } of await projectModules(root, 'actions')) {
    for (const [action, code] of Object.entries(await actionsIn(file, load))) {
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
