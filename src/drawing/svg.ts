import type { Sources } from '../project/read-files.js'
import { percent, type FlowPaint } from './coverage-paint.js'
import type { DrawnNode, FlowDrawing } from './flow-drawing.js'
import { layout, type LaidEdge, type Spot } from './layout.js'
import { fonts, measured, measuredLabel, type Line, type Measured } from './shapes.js'
import { yamlAt } from './step-source.js'
import { drawingStyle } from './style.js'
import { textWidth } from './text-width.js'
import { escaped } from './xml.js'

export type SvgOptions = {
  /** Texts of the project's files, for the YAML of each step. */
  readonly sources: Sources
  /** Null where no coverage is known. */
  readonly paint: FlowPaint | null
  /** Where a link or a call leads, or null where that flow is not drawn. */
  readonly hrefOf: (flow: string) => string | null
  /** With its own style and tooltips, to stand alone; a page brings both. */
  readonly standalone: boolean
}

/** A flow as SVG, without anything from outside. */
export const flowSvg = (drawing: FlowDrawing, options: SvgOptions): string => {
  const { nodes, edges } = drawing
  const sizes = new Map(nodes.map((node) => [node.id, measured(node)]))
  const laid = layout(
    nodes.map(({ id }) => ({ id, width: sizes.get(id)?.width ?? 0, height: sizes.get(id)?.height ?? 0 })),
    edges.map(({ from, to, label }) => ({ from, to, label: label === null ? null : measuredLabel(label) })),
  )
  const marker = `arrow-${drawing.flow}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="flow" width="${laid.width}" height="${laid.height}" viewBox="0 0 ${laid.width} ${laid.height}" role="img" aria-label="${escaped(drawing.name)}">`,
    ...(options.standalone ? [`<title>${escaped(drawing.name)}</title>`, `<style>${drawingStyle}</style>`, `<rect class="ground" width="100%" height="100%"/>`] : []),
    `<defs>${['', ' back'].map((kind) => `<marker id="${escaped(marker)}${kind.trim()}" class="head${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L7.5 4L0 7.5Z"/></marker>`).join('')}</defs>`,
    ...laid.edges.map((edge) => `<path class="edge${edge.isBack ? ' back' : ''}" d="${edge.path}" marker-end="url(#${escaped(marker)}${edge.isBack ? 'back' : ''})"/>`),
    ...laid.edges.flatMap((edge, at) => (edge.label === null ? [] : [labelSvg(edge, edge.label, edges[at]?.label ?? '')])),
    ...nodes.flatMap((node) => nodeSvg(node, { size: sizes.get(node.id), spot: laid.boxes.get(node.id) }, options)),
    '</svg>',
    '',
  ].join('\n')
}

const linesSvg = (lines: readonly Line[], middle: number): string =>
  lines.map(({ style, text, y }) => `<text class="${style}" x="${middle}" y="${y}">${escaped(text)}</text>`).join('')

const labelSvg = ({ isBack }: LaidEdge, { x, y, width, height }: Spot, text: string): string =>
  `<g class="condition${isBack ? ' back' : ''}" transform="translate(${round(x - width / 2)} ${round(y)})"><rect width="${width}" height="${height}" rx="4"/>${linesSvg(measuredLabel(text).lines, width / 2)}</g>`

const round = (number: number): number => Math.round(number * 10) / 10

const nodeSvg = (node: DrawnNode, { size, spot }: { readonly size: Measured | undefined; readonly spot: Spot | undefined }, options: SvgOptions): readonly string[] => {
  if (size === undefined || spot === undefined) return []
  const { place, step, leadsTo, kind } = node
  const { paint, sources, standalone } = options
  const painted = paint === null || step === null ? null : paint.steps.get(step) ?? { times: 0, share: 0 }
  const state = painted === null ? '' : painted.times === 0 ? ' never' : ` ran ran${Math.min(4, Math.ceil(painted.share * 4))}`
  const where = place === null ? null : `${place.file}:${place.line}`
  const yaml = place === null ? null : yamlAt(sources.get(place.file) ?? '', place)
  const href = leadsTo === null ? null : options.hrefOf(leadsTo)
  const about = where === null || yaml === null ? '' : standalone ? `<title>${escaped(`${where}\n${yaml}`)}</title>` : ''
  const data = where === null || yaml === null || standalone ? '' : ` data-place="${escaped(where)}" data-yaml="${escaped(yaml)}"${painted === null ? '' : ` data-runs="${painted.times}"`}${step === null ? '' : ` data-step="${escaped(step)}"`}`
  const group = [
    `<g class="node ${kind}${state}" transform="translate(${round(spot.x - spot.width / 2)} ${round(spot.y)})"${data}>`,
    about,
    `<path class="outline" d="${size.outline}"/>`,
    ...(size.strokes === null ? [] : [`<path class="strokes" d="${size.strokes}"/>`]),
    linesSvg(size.lines, size.width / 2),
    ...(painted === null ? [] : [badge(painted.times === 0 ? 'never' : `${painted.times}× · ${percent(painted.share)}`, size.width)]),
    '</g>',
  ].join('')
  return [href === null ? group : `<a href="${escaped(href)}">${group}</a>`]
}

/** Half over the upper right corner, or beside the edge that comes from above where the shape is small. */
const badge = (text: string, width: number): string => {
  const own = Math.ceil(textWidth(text, fonts.caption) + 12)
  const left = Math.max(width / 2 + 8, width - own + 10)
  return `<g class="badge" transform="translate(${left} -9)"><rect width="${own}" height="17" rx="8.5"/><text x="${own / 2}" y="12">${escaped(text)}</text></g>`
}
