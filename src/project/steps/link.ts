import { get, textAt } from '../yaml-node.js'
import type { StepReader } from './step-reader.js'

export const link: StepReader<'link'> = {
  schema: 'link',
  about: (node) => textAt(node, 'link') ?? '',
  read: (node, { refer, flow }) => {
    const target = textAt(node, 'link') ?? ''
    refer({ kind: 'flow', name: target, span: get(node, 'link') ?? node, use: 'link', by: flow })
    return { flow: target }
  },
}
