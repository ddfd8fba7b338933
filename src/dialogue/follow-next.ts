import { isDefaultAction, runDefaultAction } from './default-action.js'
import { pastOf, runForm } from './forms.js'
import { fault, isCustomAction, isSpoken, recordAction, runAction, say, type Run } from './run.js'
import { nextOf } from './stories.js'

/** Does what rules, forms and stories say comes next; where they wait, their frame leaves and whatever lies below it goes on. */
export const followNext = (run: Run): void => {
  const { past, activeLoop } = pastOf(run)
  const next = nextOf(run.project, { past, activeLoop, slots: run.slots })
  switch (next.kind) {
    case 'listen':
      run.stack.pop()
      return
    case 'nothing':
      act(run, 'action_default_fallback')
      return
    case 'bot':
      recordAction(run, next.text)
      run.effects.push({ effect: 'repeat', messages: [{ text: next.text, data: {}, metadata: {} }], at: run.events.length })
      return
    case 'action': act(run, next.action)
  }
}

const act = (run: Run, action: string): void => {
  const form = run.project.nlu.forms.get(action)
  if (isCustomAction(run, action)) runAction(run, action)
  else if (form !== undefined) runForm(run, form)
  else if (isSpoken(run, action) || action.startsWith('utter_')) say(run, action)
  else if (isDefaultAction(action)) runDefaultAction(run, action)
  else {
    fault(run, 'unknown-action', `A story names action "${action}", which neither the domain nor attune knows.`)
    recordAction(run, action)
  }
}
