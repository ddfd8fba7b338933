import { pageColours } from './style.js'
import { escaped } from './xml.js'

export type Series = { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[]; /** Drawn in dots, in the colour of the series before it. */ readonly isDotted?: boolean }
export type LineChart = { readonly title: string; readonly x: string; readonly y: string; readonly series: readonly Series[]; /** From 0 to 1 both ways, with a diagonal where both are equal. */ readonly isUnit?: boolean }

/** Told apart also by those who see few colours (Okabe and Ito 2008). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']
const [width, height, left, right, top, bottom] = [640, 320, 58, 16, 34, 44]

const themed = ({ ground, ink, faint }: (typeof pageColours)['light' | 'dark']): string =>
  `.chart .ground{fill:${ground}}.chart text{fill:${ink}}.chart .axis{stroke:${faint}}.chart .grid{stroke:${faint};stroke-opacity:.25}.chart .cell{stroke:${faint}}`
export const chartStyle = `.chart text{font:11.5px Helvetica,Arial,'Liberation Sans',sans-serif}.chart .head{font-size:13px;font-weight:bold}.chart .axis,.chart .grid{fill:none}.chart .line{fill:none;stroke-width:1.6;stroke-linejoin:round}.chart .dotted{stroke-dasharray:2 3}`
  + `.chart .cell{fill:#0072b2;stroke-opacity:.25}.chart .wrong{fill:#d55e00}${themed(pageColours.light)}@media (prefers-color-scheme:dark){${themed(pageColours.dark)}}`

const svg = (title: string, [wide, high]: readonly [number, number], parts: readonly string[]): string => [
  `<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" role="img" aria-label="${escaped(title)}">`,
  `<style>${chartStyle}</style>`, '<rect class="ground" width="100%" height="100%"/>', `<text class="head" x="${left}" y="20">${escaped(title)}</text>`, ...parts, '</svg>', '',
].join('\n')

/** Places at round numbers between two values. */
const ticks = (low: number, high: number): readonly number[] => {
  const rough = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const first = Math.ceil(low / step - 1e-9)
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)))
}

const place = (value: number): string => String(Math.round(value * 10) / 10)

/** Lines over one another. Numbers that are none are left out, so that a loss that exploded does not hide the rest. */
export const lineChart = ({ title, x, y, series, isUnit = false }: LineChart): string => {
  const finite = series.map((one) => ({ ...one, points: one.points.filter((point) => point.every(Number.isFinite)) }))
  const points = finite.flatMap((one) => one.points)
  const [xs, ys] = [points.map(([at]) => at), points.map(([, at]) => at)]
  const range = (values: readonly number[]): readonly [number, number] => {
    const [low, high] = values.reduce<readonly [number, number]>(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [isUnit ? 0 : Infinity, isUnit ? 1 : -Infinity])
    return low < high ? [low, high] : Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1]
  }
  const [x0, x1] = range(xs)
  const [y0, y1] = range(isUnit ? ys : [0, ...ys])
  const across = (value: number): number => left + (value - x0) / (x1 - x0) * (width - left - right)
  const up = (value: number): number => height - bottom - (value - y0) / (y1 - y0) * (height - top - bottom)
  const path = (line: readonly (readonly [number, number])[]): string => line.map(([a, b], at) => `${at === 0 ? 'M' : 'L'}${place(across(a))} ${place(up(b))}`).join('')
  let colour = -1
  const drawn = finite.map(({ name, points: line, isDotted = false }, at) => {
    if (!isDotted || at === 0) colour += 1
    const stroke = colours[colour % colours.length] ?? ''
    const shape = line.length === 1 ? `<circle cx="${place(across(line[0]?.[0] ?? 0))}" cy="${place(up(line[0]?.[1] ?? 0))}" r="3" fill="${stroke}"/>` : `<path class="line${isDotted ? ' dotted' : ''}" stroke="${stroke}" d="${path(line)}"/>`
    const key = `<path class="line${isDotted ? ' dotted' : ''}" stroke="${stroke}" d="M${width - right - 190} ${top + 6 + at * 15}h20"/><text x="${width - right - 165}" y="${top + 10 + at * 15}">${escaped(name)}</text>`
    return `${shape}${key}`
  })
  return svg(title, [width, height], [
    ...ticks(y0, y1).map((value) => `<path class="grid" d="M${left} ${place(up(value))}H${width - right}"/><text x="${left - 6}" y="${place(up(value) + 4)}" text-anchor="end">${value}</text>`),
    ...ticks(x0, x1).map((value) => `<text x="${place(across(value))}" y="${height - bottom + 16}" text-anchor="middle">${value}</text>`),
    `<path class="axis" d="M${left} ${top}V${height - bottom}H${width - right}"/>`,
    ...(isUnit ? [`<path class="grid" d="${path([[0, 0], [1, 1]])}"/>`] : []),
    `<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">${escaped(x)}</text>`,
    `<text transform="translate(14 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>`,
    ...drawn,
  ])
}

export type Cell = { readonly label: string; readonly given: string; readonly count: number }

/** So many labels are told apart on a drawing: those that are mistaken most. */
const mostLabels = 25

/** What is taken for what: rows are right, columns were given; the darker, the larger the share of its row. */
export const confusionChart = (title: string, cells: readonly Cell[]): string => {
  const mistakes = new Map<string, number>()
  for (const { label, given, count } of cells) for (const name of [label, given]) mistakes.set(name, (mistakes.get(name) ?? 0) + (label === given ? 0 : count))
  const mistaken = [...mistakes].filter(([, count]) => count > 0)
  const shown = mistaken.sort(([one, left], [other, right]) => right - left || (one < other ? -1 : 1)).slice(0, mostLabels).map(([name]) => name).sort()
  const totals = new Map(shown.map((name) => [name, cells.filter(({ label }) => label === name).reduce((sum, { count }) => sum + count, 0)]))
  const [size, room] = [22, 190]
  const column = (at: number): number => room + at * size
  const row = (at: number): number => top + room + at * size
  const short = (text: string): string => (text.length > 30 ? `${text.slice(0, 29)}…` : text)
  const left = mistaken.length - shown.length
  return svg(`${title}${left > 0 ? `: the ${shown.length} labels mistaken most, of ${mistaken.length}` : ''}`, [room + shown.length * size + 20, top + room + shown.length * size + 20], [
    ...shown.map((name, at) => `<text x="${room - 6}" y="${row(at) + 15}" text-anchor="end">${escaped(short(name))}</text><text transform="translate(${column(at) + 14} ${top + room - 6}) rotate(-90)">${escaped(short(name))}</text>`),
    ...shown.flatMap((label, down) => shown.map((given, over) => {
      const count = cells.find((cell) => cell.label === label && cell.given === given)?.count ?? 0
      const strength = count === 0 ? 0 : 0.15 + 0.85 * count / (totals.get(label) ?? count)
      return `<rect class="cell${label === given ? '' : ' wrong'}" x="${column(over)}" y="${row(down)}" width="${size}" height="${size}" fill-opacity="${strength.toFixed(2)}"><title>${escaped(`${label} taken for ${given}: ${count}`)}</title></rect>${count === 0 ? '' : `<text x="${column(over) + size / 2}" y="${row(down) + 15}" text-anchor="middle">${count}</text>`}`
    })),
  ])
}
