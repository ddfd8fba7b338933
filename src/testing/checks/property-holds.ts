import { nearest, listed } from '../../project/nearest.js'
import { mistake } from '../../project/problem.js'
import { failed, passed, type CheckKind, type CheckShapes } from '../check.js'
import { asText } from '../read-nodes.js'

type Violations = readonly { readonly property: string; readonly on: string }[]

/** Reads what the assistant itself has noticed, so that a test and a live conversation cannot disagree. */
export const propertyHolds: CheckKind<CheckShapes['property_holds']> = {
  read: (node, { project: { properties }, report }) => {
    const property = asText(node, 'A property', report)
    if (property === null) return []
    const names = properties.map(({ name }) => name)
    if (names.includes(property)) return [{ property }]
    report(mistake(node, 'unknown-property', `The project has no property "${property}".`, { found: property, expected: names.length === 0 ? 'a property of the project' : `one of ${listed(names)}`, suggestion: nearest(property, names) }))
    return []
  },
  expected: ({ property }) => `property_holds: ${property}`,
  judge: ({ property }, { events }, from) => {
    const violations = events.flatMap((event) => (event.event === 'user' ? event.parse_data['violations'] as Violations | undefined ?? [] : []))
    const own = violations.filter((violation) => violation.property === property)
    return own.length === 0 ? passed(from) : failed(own.map(({ on }) => `${property} is violated by ${on}`))
  },
}
