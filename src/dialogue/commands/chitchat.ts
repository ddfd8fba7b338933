import { digression, keep, type CommandKind } from '../command-kind.js'
import { isCustomAction } from '../run.js'
import type { Project } from '../../project/types.js'

/** Small talk. A pattern that wants a talking model and has none becomes a refusal (calm-spec 4.2, row 23). */
export const chitchat: CommandKind<'chitchat'> = {
  kind: 'turn',
  phase: 'digressions',
  write: () => 'offtopic reply',
  spellings: [{ pattern: /^off-?topic\s+reply$|^ChitChat\(\s*\)$/i, command: () => ({ command: 'chitchat' }) }],
  clean: (command, { project }) => keep(needsTalkingModel(project) ? { command: 'cannot handle', reason: 'cannot_handle_chitchat' } : command),
  run: digression('pattern_chitchat'),
}

const needsTalkingModel = (project: Project): boolean => {
  const steps = project.flows.get('pattern_chitchat')?.steps ?? []
  return steps.some((step) => step.kind === 'action' && step.action === 'action_trigger_chitchat') && !isCustomAction({ project }, 'action_trigger_chitchat')
}
