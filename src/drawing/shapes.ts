import type { DrawnNode, NodeKind } from './flow-drawing.js'
import { textWidth, wrapped, type Font } from './text-width.js'

export const fonts = {
  caption: { size: 10 },
  title: { size: 13, bold: true },
  body: { size: 11.5 },
  label: { size: 11.5 },
} as const satisfies Readonly<Record<string, Font>>
const lineHeights = { caption: 14, title: 17, body: 15, label: 15 } as const

export type Line = { readonly style: 'caption' | 'title' | 'body' | 'label'; readonly text: string; /** Baseline, from the top of the shape. */ readonly y: number }

/** One kind of shape: how much room it leaves beside its text, and its outline. */
type Shape = {
  readonly widest: number
  /** Room left and right of the text, above and below it. */
  readonly padding: { readonly x: number; readonly y: number }
  /** The outline as a path, for a box from (0, 0); further strokes after it. */
  readonly outline: (width: number, height: number) => string
  readonly strokes?: (width: number, height: number) => string
}

const rounded = (width: number, height: number, radius: number): string =>
  `M${radius} 0H${width - radius}A${radius} ${radius} 0 0 1 ${width} ${radius}V${height - radius}A${radius} ${radius} 0 0 1 ${width - radius} ${height}H${radius}A${radius} ${radius} 0 0 1 0 ${height - radius}V${radius}A${radius} ${radius} 0 0 1 ${radius} 0Z`
/** A speech bubble; its tail hangs out at the bottom left, into the gap between layers. */
const bubble = (width: number, height: number): string =>
  `M10 0H${width - 10}A10 10 0 0 1 ${width} 10V${height - 10}A10 10 0 0 1 ${width - 10} ${height}H30L20 ${height + 7}V${height}H10A10 10 0 0 1 0 ${height - 10}V10A10 10 0 0 1 10 0Z`

const shapes: { readonly [K in NodeKind]: Shape } = {
  start: { widest: 220, padding: { x: 20, y: 8 }, outline: (width, height) => rounded(width, height, Math.min(18, height / 2)) },
  // A hexagon, as a question sends the conversation one way or another.
  collect: { widest: 210, padding: { x: 20, y: 8 }, outline: (width, height) => `M12 0H${width - 12}L${width} ${height / 2}L${width - 12} ${height}H12L0 ${height / 2}Z` },
  response: { widest: 210, padding: { x: 14, y: 8 }, outline: bubble },
  action: { widest: 210, padding: { x: 14, y: 9 }, outline: (width, height) => rounded(width, height, 3) },
  set_slots: { widest: 210, padding: { x: 20, y: 8 }, outline: (width, height) => `M12 0H${width}L${width - 12} ${height}H0Z` },
  noop: { widest: 0, padding: { x: 13, y: 13 }, outline: (width, height) => `M${width / 2} 0L${width} ${height / 2}L${width / 2} ${height}L0 ${height / 2}Z` },
  link: { widest: 210, padding: { x: 18, y: 8 }, outline: (width, height) => `M0 0H${width - 14}L${width} ${height / 2}L${width - 14} ${height}H0Z` },
  // The predefined process of flow charts.
  call: { widest: 210, padding: { x: 22, y: 8 }, outline: (width, height) => rounded(width, height, 3), strokes: (width, height) => `M8 0V${height}M${width - 8} 0V${height}` },
  end: { widest: 0, padding: { x: 9, y: 9 }, outline: (width, height) => rounded(width, height, width / 2), strokes: (width, height) => `M${width / 2 - 3.5} ${height / 2}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0` },
}

export type Measured = { readonly width: number; readonly height: number; readonly lines: readonly Line[]; readonly outline: string; readonly strokes: string | null }

/** How large a node must be for its text, and what stands where in it. */
export const measured = ({ kind, caption, title, body }: DrawnNode): Measured => {
  const shape = shapes[kind]
  const texts: { readonly style: Line['style']; readonly text: string }[] = [
    ...(caption === '' ? [] : [{ style: 'caption' as const, text: caption.toUpperCase() }]),
    ...wrapped(title, fonts.title, shape.widest, 3).map((text) => ({ style: 'title' as const, text })),
    ...body.flatMap((part) => wrapped(part, fonts.body, shape.widest, 4)).map((text) => ({ style: 'body' as const, text })),
  ]
  let y = shape.padding.y
  const lines = texts.map(({ style, text }): Line => {
    y += lineHeights[style]
    return { style, text, y: y - 4 }
  })
  const width = Math.ceil(Math.max(0, ...texts.map(({ style, text }) => textWidth(text, fonts[style]))) + 2 * shape.padding.x)
  const height = y + shape.padding.y
  return { width, height, lines, outline: shape.outline(width, height), strokes: shape.strokes?.(width, height) ?? null }
}

const widestLabel = 170

/** A condition on its edge. */
export const measuredLabel = (text: string): { readonly width: number; readonly height: number; readonly lines: readonly Line[] } => {
  const lines = wrapped(text, fonts.label, widestLabel, 4)
  return {
    width: Math.ceil(Math.max(0, ...lines.map((line) => textWidth(line, fonts.label))) + 12),
    height: lines.length * lineHeights.label + 4,
    lines: lines.map((line, at) => ({ style: 'label', text: line, y: (at + 1) * lineHeights.label - 2 })),
  }
}
