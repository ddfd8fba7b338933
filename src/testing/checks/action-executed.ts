import { firstOf, type CheckKind, type CheckShapes } from '../check.js'
import { asText } from '../read-nodes.js'

export const actionExecuted: CheckKind<CheckShapes['action_executed']> = {
  read: (node, { report }) => {
    const action = asText(node, 'An action', report)
    return action === null ? [] : [{ action }]
  },
  expected: ({ action }) => `action_executed: ${action}`,
  judge: ({ action }, evidence, from) =>
    firstOf(evidence, from, ['action'], (event) => event.name === action, (event) => `action_executed: ${event.name}`),
}
