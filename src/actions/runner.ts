import type { Project } from '../project/types.js'
import { runOnServer, type ActionServerOptions, type RemoteRequest } from './action-server.js'
import type { Action, ActionAnswer } from './action.js'
import { ActionFailed, ActionsMissing } from './errors.js'
import { runInProcess } from './in-process.js'
import { loadActions } from './load-actions.js'

/** Runs the custom actions of a project, wherever their code is. Throws ActionFailed and ActionRejected. */
export type ActionRunner = {
  readonly has: (action: string) => boolean
  readonly run: (request: RemoteRequest) => Promise<ActionAnswer>
  /** Implemented, but not in the domain: no flow can reach them. For a warning at the start. */
  readonly undeclared: readonly string[]
}
export type ActionRunnerOptions = {
  /** Instead of the modules in the project's `actions/`: for tests and stubs. */
  readonly actions?: ReadonlyMap<string, Action>
  readonly timeoutMilliseconds?: number
  readonly server?: Partial<ActionServerOptions>
}

/**
 * Finds the code behind every action of the domain: modules in `actions/` first, the action server for the rest.
 * Throws ActionsMissing with all that have neither, and ActionModuleBroken.
 */
export const openActions = async (project: Project, { actions, timeoutMilliseconds = 10_000, server = {} }: ActionRunnerOptions = {}): Promise<ActionRunner> => {
  const local = actions ?? await loadActions(project.root)
  const endpoint = project.config.actionEndpoint
  const missing = [...project.actions].filter((name) => !local.has(name))
  if (endpoint === null && missing.length > 0) throw new ActionsMissing(missing, project.root)
  return {
    has: (name) => local.has(name) || (endpoint !== null && project.actions.has(name)),
    run: async (request) => {
      const action = local.get(request.action)
      if (action) return runInProcess(project, action, request, timeoutMilliseconds)
      if (endpoint === null) throw new ActionFailed(request.action, 'unknown-action', 'nothing implements it')
      return runOnServer(project, request, { ...endpoint, ...server })
    },
    undeclared: [...local.keys()].filter((name) => !project.actions.has(name)),
  }
}
