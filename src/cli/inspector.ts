import { flowDrawing } from '../drawing/flow-drawing.js'
import { inspectorPage } from '../drawing/inspector-page.js'
import { flowSvg } from '../drawing/svg.js'
import type { Ready } from './served-model.js'

/** The page at /inspect: every flow is drawn once, at the start. */
export const inspectorOf = ({ project, sources }: Ready): string =>
  inspectorPage(project.config.assistantId, [...project.flows.values()].map((flow) => {
    const drawing = flowDrawing(flow, project)
    return { drawing, paint: null, description: flow.description, isPattern: flow.isPattern, svg: flowSvg(drawing, { sources, paint: null, standalone: false, hrefOf: () => null }) }
  }))
