import { mistake } from '../problem.js'
import { get, keyAt, textAt } from '../yaml-node.js'
import type { StepReader } from './step-reader.js'

export const link: StepReader<'link'> = {
  schema: 'link',
  about: (node) => textAt(node, 'link') ?? '',
  read: (node, { refer, report, flow }) => {
    if (node.entries.has('next')) report(mistake(keyAt(node, 'next'), 'link-not-last', 'A link ends its flow, so nothing can come next.', { suggestion: 'remove "next", or use "call" to come back' }))
    const target = textAt(node, 'link') ?? ''
    refer({ kind: 'flow', name: target, span: get(node, 'link') ?? node, use: 'link', by: flow })
    return { flow: target }
  },
}
