import { get, textAt } from '../yaml-node.js'
import type { StepReader } from './step-reader.js'

export const call: StepReader<'call'> = {
  schema: 'call',
  about: (node) => textAt(node, 'call') ?? '',
  read: (node, { refer, flow }) => {
    const target = textAt(node, 'call') ?? ''
    refer({ kind: 'flow', name: target, span: get(node, 'call') ?? node, use: 'call', by: flow })
    return { flow: target }
  },
}
