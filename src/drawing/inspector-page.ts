import { htmlPage } from './html-page.js'
import { inspectorScript } from './inspector-script.js'
import { pageStyle } from './page-style.js'
import type { PageFlow } from './page.js'
import { drawingStyle } from './style.js'
import { escaped } from './xml.js'

const style = [
  `body{grid-template-columns:22rem 1fr 24rem}`,
  `.chat{display:flex;flex-direction:column;border-right:1px solid var(--line);padding:1rem;overflow:hidden}.talk{flex:1;overflow:auto}`,
  `.talk div{margin:.3rem 0;padding:.4rem .7rem;border-radius:10px;max-width:85%;width:fit-content;white-space:pre-wrap;border:1px solid var(--line)}`,
  `.talk .user{margin-left:auto;background:var(--line)}.talk .fault{color:var(--never)}button{display:block;margin:.3rem 0;font:inherit}`,
  `.state{border-left:1px solid var(--line);padding:1rem;overflow:auto}td{padding:.1rem .6rem .1rem 0;vertical-align:top;overflow-wrap:anywhere;font-size:.85rem}`,
  `.node.here .outline{stroke:var(--never);stroke-width:4}`,
].join('')

/** A talk in the browser with what is behind it: the flow under way with its step, stack, slots and events. It needs nothing but the server. */
export const inspectorPage = (title: string, flows: readonly PageFlow[]): string => htmlPage(`${title}: inspector`, `${drawingStyle}${pageStyle}${style}`, `<div class="chat"><h1>${escaped(title)} <button class="restart">New conversation</button></h1><div class="talk"></div><form><input placeholder="Say something" aria-label="Say something" autofocus></form></div>
<main>
${flows.map(({ drawing, svg, description }) => `<section class="flow" data-flow="${escaped(drawing.flow)}" hidden><h2>${escaped(drawing.name)} <code>${escaped(drawing.flow)}</code></h2><p>${escaped(description)}</p><div class="drawing">${svg}</div></section>`).join('\n')}
</main>
<div class="state"><h2>Stack</h2><table class="stack"></table><h2>Slots</h2><table class="slots"></table><h2>Events</h2><pre class="events"></pre></div>
<script>${inspectorScript}</script>`)
