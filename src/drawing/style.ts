import type { NodeKind } from './flow-drawing.js'
import { fonts } from './shapes.js'

type Colours = { readonly fill: string; readonly stroke: string }
type Theme = {
  readonly ground: string
  readonly ink: string
  readonly faint: string
  readonly edge: string
  readonly back: string
  readonly kinds: Readonly<Record<NodeKind, Colours>>
  /** Fills of steps that tests entered: seldom, and up to always. */
  readonly ran: readonly [string, string, string, string]
  readonly ranInk: string
  readonly never: Colours
}

const light: Theme = {
  ground: '#ffffff', ink: '#1d2733', faint: '#5b6875', edge: '#7d8a97', back: '#c2410c',
  kinds: {
    start: { fill: '#26323f', stroke: '#26323f' },
    collect: { fill: '#e7f0fd', stroke: '#2f6fd0' },
    response: { fill: '#e8f6ed', stroke: '#2b8a4b' },
    action: { fill: '#fff3dc', stroke: '#b7791f' },
    set_slots: { fill: '#f2ebfc', stroke: '#7a4fc0' },
    noop: { fill: '#eef1f4', stroke: '#6b7885' },
    link: { fill: '#fdeaf1', stroke: '#b8336a' },
    call: { fill: '#e2f5f6', stroke: '#0f7f8a' },
    end: { fill: '#ffffff', stroke: '#26323f' },
  },
  ran: ['#f0f9e8', '#d9f0d3', '#bfe6bb', '#a3d9a5'], ranInk: '#1b5e2a',
  never: { fill: '#fde8e6', stroke: '#d0271d' },
}
const dark: Theme = {
  ground: '#151b22', ink: '#e6ebf0', faint: '#9aa7b4', edge: '#74828f', back: '#fb923c',
  kinds: {
    start: { fill: '#dfe6ed', stroke: '#dfe6ed' },
    collect: { fill: '#17304f', stroke: '#6aa5f5' },
    response: { fill: '#163624', stroke: '#5dbd80' },
    action: { fill: '#3d2f14', stroke: '#e0a94b' },
    set_slots: { fill: '#2d2145', stroke: '#ab88ea' },
    noop: { fill: '#27303a', stroke: '#92a0ad' },
    link: { fill: '#401a2b', stroke: '#ea7ba5' },
    call: { fill: '#10363a', stroke: '#4cc0cb' },
    end: { fill: '#151b22', stroke: '#dfe6ed' },
  },
  ran: ['#1b2e1c', '#1f4223', '#24552b', '#2a6934'], ranInk: '#a6e3b0',
  never: { fill: '#4a1714', stroke: '#ff7468' },
}

/** Colours are written out instead of named: programs other than browsers draw these files too. */
const coloursOf = (theme: Theme): string => [
  `.ground{fill:${theme.ground}}`,
  `.flow text{fill:${theme.ink}}.flow .caption{fill:${theme.faint}}`,
  `.start .title,.start .body{fill:${theme.ground}}`,
  `.edge{stroke:${theme.edge}}.head path{fill:${theme.edge}}.edge.back{stroke:${theme.back}}.head.back path{fill:${theme.back}}`,
  `.condition rect{fill:${theme.ground}}.condition .label{fill:${theme.faint}}.condition.back .label{fill:${theme.back}}`,
  ...Object.entries(theme.kinds).map(([kind, { fill, stroke }]) => `.${kind} .outline{fill:${fill};stroke:${stroke}}.${kind} .strokes{stroke:${stroke}}`),
  `.end .strokes{fill:${theme.kinds.end.stroke}}`,
  ...theme.ran.map((fill, at) => `.ran${at + 1} .outline{fill:${fill}}`),
  `.never .outline{fill:${theme.never.fill};stroke:${theme.never.stroke}}.never .strokes{stroke:${theme.never.stroke}}`,
  `.badge rect{fill:${theme.ground};stroke:${theme.ranInk}}.flow .badge text{fill:${theme.ranInk}}`,
  `.never .badge rect{fill:${theme.never.stroke};stroke:${theme.never.stroke}}.flow .never .badge text{fill:${theme.ground}}`,
].join('')

const forms = [
  `.flow text{font-family:Helvetica,Arial,'Liberation Sans',sans-serif;text-anchor:middle}`,
  `.flow .caption{font-size:${fonts.caption.size}px;letter-spacing:.06em}`,
  `.flow .title{font-size:${fonts.title.size}px;font-weight:bold}`,
  `.flow .body{font-size:${fonts.body.size}px}`,
  `.flow .label{font-size:${fonts.label.size}px}`,
  `.badge text{font-size:${fonts.caption.size}px;font-weight:bold}`,
  `.edge{fill:none;stroke-width:1.5}.edge.back{stroke-dasharray:5 3}`,
  `.outline{stroke-width:1.5;stroke-linejoin:round}.strokes{fill:none;stroke-width:1.5}`,
  `.never .outline{stroke-width:2;stroke-dasharray:5 3}`,
  `a{cursor:pointer}a:hover .outline{stroke-width:2.5}`,
].join('')

/** The look of drawings, in light and in dark surroundings. */
export const drawingStyle = `${forms}${coloursOf(light)}@media (prefers-color-scheme:dark){${coloursOf(dark)}}`
/** Colours that the page around the drawings shares with them. */
export const pageColours = { light, dark } as const
