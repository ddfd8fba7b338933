import { keep, type CommandKind } from '../command-kind.js'
import { isUserFrame } from '../frames.js'
import { cancelFrames } from '../leave.js'
import { fault, plainPatternFrame } from '../run.js'

/** A flow under way is not the one it was (calm-spec 5.6): what no longer exists goes at once, the pattern ends the rest. */
export const handleCodeChange: CommandKind<'handle code change'> = {
  kind: 'alone',
  phase: 'digressions',
  write: () => null,
  spellings: [],
  clean: (command) => keep(command),
  run: (run) => {
    const isGone = (at: number): boolean => {
      const frame = run.stack[at]
      return frame !== undefined && !run.project.flows.has(frame.flow_id)
    }
    const gone = run.stack.findIndex((_, at) => isGone(at))
    if (gone !== -1) {
      const frame = run.stack[gone]
      fault(run, 'stale-step', `Flow "${frame?.flow_id ?? ''}" was removed while a conversation was in it.`)
      cancelFrames(run, run.stack.filter((candidate, at) => isGone(at) || (at > gone && !isUserFrame(candidate))))
    }
    if (run.project.flows.has('pattern_code_change')) run.stack.push(plainPatternFrame(run, 'pattern_code_change'))
    else cancelFrames(run, run.stack)
  },
}
