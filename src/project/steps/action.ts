import { get, textAt } from '../yaml-node.js'
import type { StepReader } from './step-reader.js'

export const action: StepReader<'action'> = {
  schema: 'action',
  about: (node) => textAt(node, 'action') ?? '',
  read: (node, { refer, flow }) => {
    const name = textAt(node, 'action') ?? ''
    const isTemplate = name.includes('{{')
    if (!isTemplate) {
      const isResponse = name.startsWith('utter_')
      refer({ kind: isResponse ? 'response' : 'action', name, span: get(node, 'action') ?? node, use: isResponse ? 'say' : 'run', by: flow })
    }
    return { action: name }
  },
}
