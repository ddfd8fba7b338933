import { randomUUID } from 'node:crypto'
import { openActions, type ActionRunnerOptions } from '../actions/runner.js'
import type { Problem } from '../project/problem.js'
import type { Sources } from '../project/read-files.js'
import type { Project } from '../project/types.js'
import { knowledgeOf } from '../respond/knowledge.js'
import { responseServer } from '../respond/response-server.js'
import { searchOver } from '../respond/search.js'
import type { TrackerStore } from '../store/tracker-store.js'
import type { Understander } from '../understand/understanding.js'
import { Assistant } from './assistant.js'
import type { AssistantLimits } from './parts.js'
import type { Log } from './log.js'

export type OpenAssistantOptions = {
  readonly project: Project
  /** What `loadProject` has read beside the project: the knowledge is among it. */
  readonly sources: Sources
  readonly store: TrackerStore
  readonly understander: Understander
  readonly log: Log
  readonly actions?: ActionRunnerOptions
  readonly limits?: Partial<AssistantLimits>
}

/**
 * An assistant with the code and knowledge of its project folder, on the clock of this machine. What was wrong with the
 * knowledge comes back beside it. Throws ActionsMissing and ActionModuleBroken.
 */
export const openAssistant = async ({ project, sources, store, understander, log, actions, limits }: OpenAssistantOptions): Promise<{ readonly assistant: Assistant; readonly problems: readonly Problem[] }> => {
  const runner = await openActions(project, actions)
  for (const action of runner.undeclared) log({ level: 'warn', event: 'undeclared-action', action, advice: 'list it under "actions" in the domain, or remove it' })
  const { facts, problems } = knowledgeOf(sources)
  const assistant = new Assistant({
    project, store, understander, log, actions: runner, search: searchOver(facts), now: () => Date.now() / 1_000, newId: randomUUID,
    ...(project.config.responseServer && { responseServer: responseServer(project.config.responseServer) }),
    ...(limits && { limits }),
  })
  return { assistant, problems }
}
