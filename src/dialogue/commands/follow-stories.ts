import { keep, type CommandKind } from '../command-kind.js'
import { fillFromMessage } from '../forms.js'
import { storyPattern } from '../past.js'
import { plainPatternFrame } from '../run.js'

/** The NLU side takes the message: its slots are filled, then rules, forms and stories say what happens until one of them waits. */
export const followStories: CommandKind<'follow stories'> = {
  kind: 'turn',
  phase: 'digressions',
  write: () => null,
  spellings: [],
  clean: (command) => keep(command),
  run: (run, command) => {
    fillFromMessage(run, command, run.tracker.activeLoop, null)
    run.stack.push(plainPatternFrame(run, storyPattern))
  },
}
