import { keep, refused, type CommandKind } from '../command-kind.js'
import { isDefaultAction, runDefaultAction } from '../default-action.js'
import { isCustomAction, runAction, say } from '../run.js'

/** What a rule says instead of asking the model: one response or action, then the conversation goes on where it was. */
export const applyRule: CommandKind<'apply rule'> = {
  kind: 'turn',
  phase: 'digressions',
  write: () => null,
  spellings: [],
  clean: (command, { project }) => (project.rules.some(({ name }) => name === command.rule) ? keep(command) : refused),
  run: (run, command) => {
    const then = run.project.rules.find(({ name }) => name === command.rule)?.then
    if (then?.kind === 'utter') say(run, then.response)
    else if (then?.kind === 'action') {
      if (isDefaultAction(then.action) && !isCustomAction(run, then.action)) runDefaultAction(run, then.action)
      else runAction(run, then.action)
    }
  },
}
