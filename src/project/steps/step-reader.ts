import type { Reading } from '../draft.js'
import type { SchemaName } from '../schemas/all.js'
import type { StepKindName, StepShapes } from '../types.js'
import type { MapNode } from '../yaml-node.js'

export type StepContext = Reading & { readonly flow: string }

/** All the loader knows of one kind of step. */
export type StepReader<K extends StepKindName> = {
  readonly schema: SchemaName
  /** What the step is about, for its generated id. */
  readonly about: (node: MapNode) => string
  /** The kind's own part of the step; the schema has passed the node. */
  readonly read: (node: MapNode, context: StepContext) => StepShapes[K]
}
