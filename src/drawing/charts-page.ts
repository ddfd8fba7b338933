import { htmlPage } from './html-page.js'
import { pageColours } from './style.js'
import { escaped } from './xml.js'

export type PageTable = { readonly title: string; readonly rows: readonly (readonly string[])[] }

const coloursOf = ({ ground, ink, faint, kinds }: (typeof pageColours)['light' | 'dark']): string => `:root{--ground:${ground};--ink:${ink};--faint:${faint};--line:${kinds.noop.fill}}`
const style = `${coloursOf(pageColours.light)}@media (prefers-color-scheme:dark){${coloursOf(pageColours.dark)}}:root{color-scheme:light dark}`
  + `body{margin:0 auto;max-width:64rem;padding:1.2rem 1.6rem;background:var(--ground);color:var(--ink);font:15px/1.45 Helvetica,Arial,'Liberation Sans',sans-serif}h1{font-size:1.2rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}`
  + `table{border-collapse:collapse}th,td{padding:.2rem .8rem .2rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}th{color:var(--faint);font-weight:normal}.drawing{overflow-x:auto;margin:1rem 0}`

/** Tables and charts on one page that needs nothing else. The first row of a table is its head. */
export const chartsPage = (title: string, tables: readonly PageTable[], charts: readonly string[]): string => htmlPage(title, style, `<h1>${escaped(title)}</h1>
${charts.map((chart) => `<div class="drawing">${chart}</div>`).join('\n')}
${tables.map(tableHtml).join('\n')}`)

const tableHtml = ({ title, rows: [head = [], ...rows] }: PageTable): string => [
  `<h2>${escaped(title)}</h2>`, '<table>', `<tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr>`,
  ...rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`), '</table>',
].join('\n')
