import type { FlowDrawing } from './flow-drawing.js'
import { percent, type FlowPaint } from './coverage-paint.js'
import { htmlPage } from './html-page.js'
import { pageScript } from './page-script.js'
import { pageStyle } from './page-style.js'
import { drawingStyle } from './style.js'
import { escaped } from './xml.js'

export type PageFlow = { readonly drawing: FlowDrawing; readonly description: string; readonly isPattern: boolean; readonly svg: string; readonly paint: FlowPaint | null }

/** All flows on one page that needs nothing else: a list with search, the drawings, the YAML of the step under the pointer. */
export const flowPage = (title: string, flows: readonly PageFlow[]): string => htmlPage(`${title}: flows`, `${drawingStyle}${pageStyle}`, `<nav>
<h1>${escaped(title)}</h1>
<input type="search" placeholder="Search flows and steps" aria-label="Search flows and steps">
<ul>
${flows.map(itemHtml).join('\n')}
</ul>
<p class="none" hidden>Nothing is called that.</p>
</nav>
<main>
${flows.map(flowHtml).join('\n')}
</main>
<aside hidden><code class="place"></code><pre></pre></aside>
<script>${pageScript}</script>`)

/** What a search looks at: everything that is written in the drawing. */
const wordsOf = ({ drawing, description }: PageFlow): string =>
  [drawing.flow, drawing.name, description, ...drawing.nodes.flatMap(({ title, body }) => [title, ...body]), ...drawing.edges.flatMap(({ label }) => label ?? [])].join(' ').toLowerCase()

const itemHtml = (flow: PageFlow): string => {
  const { drawing, isPattern, paint } = flow
  const share = paint === null ? '' : `<span class="share${paint.share < 1 ? ' gaps' : ''}">${percent(paint.share)}</span>`
  return `<li${isPattern ? ' class="pattern"' : ''} data-words="${escaped(wordsOf(flow))}"><a href="#${escaped(drawing.flow)}"><span>${escaped(drawing.flow)}</span>${share}</a></li>`
}

const flowHtml = ({ drawing, description, svg }: PageFlow): string => [
  `<section id="${escaped(drawing.flow)}">`,
  `<h2>${escaped(drawing.flow)} <code>${escaped(`${drawing.place.file}:${drawing.place.line}`)}</code></h2>`,
  `<p>${escaped(description)}</p>`,
  `<div class="drawing">${svg}</div>`,
  '</section>',
].join('\n')
