import type { Draft } from './draft.js'
import type { Span } from './yaml-node.js'

/** Where the steps of a flow stand in the file. */
export const stepSpans = (draft: Draft, flow: string): { readonly flow: Span; readonly step: (id: string) => Span } | null => {
  const declared = draft.declared.flows.get(flow)
  const steps = draft.flows.get(flow)?.steps
  if (declared === undefined || steps === undefined) return null
  const { source } = declared
  const places = new Map(steps.map(({ id, place }) => [id, place]))
  return {
    flow: declared,
    step: (id) => {
      const place = places.get(id)
      const start = place === undefined ? declared.start : (source.lineStarts[place.line - 1] ?? 0) + place.column - 1
      // A step is a whole block; its first word is what people look for.
      const word = /^[\w-]+/.exec(source.text.slice(start, start + 200))?.[0].length ?? 1
      return { source, start, end: start + word }
    },
  }
}
