import { pageColours } from './style.js'

type Theme = (typeof pageColours)[keyof typeof pageColours]

const coloursOf = ({ ground, ink, faint, kinds, never, ranInk }: Theme): string =>
  `:root{--ground:${ground};--ink:${ink};--faint:${faint};--line:${kinds.noop.fill};--link:${kinds.collect.stroke};--never:${never.stroke};--ran:${ranInk}}`

/** The page around the drawings. */
export const pageStyle = [
  coloursOf(pageColours.light),
  `@media (prefers-color-scheme:dark){${coloursOf(pageColours.dark)}}`,
  `:root{color-scheme:light dark}*{box-sizing:border-box}`,
  `body{margin:0;display:grid;grid-template-columns:17rem 1fr;height:100vh;background:var(--ground);color:var(--ink);font:15px/1.45 Helvetica,Arial,'Liberation Sans',sans-serif}`,
  `nav{border-right:1px solid var(--line);padding:1rem;overflow:auto}`,
  `h1{font-size:1.05rem;margin:0 0 .8rem}h2{font-size:1.2rem;margin:0}h2 code,.place{font-size:.8rem;font-weight:normal;color:var(--faint)}`,
  `input{width:100%;padding:.4rem .6rem;border:1px solid var(--line);border-radius:6px;background:none;color:inherit;font:inherit}`,
  `ul{list-style:none;margin:.8rem 0;padding:0}nav a{display:flex;justify-content:space-between;gap:.5rem;padding:.28rem .6rem;border-radius:6px;color:inherit;text-decoration:none;overflow-wrap:anywhere}`,
  `nav a:hover,nav li.here a{background:var(--line)}nav li.here a{font-weight:bold}.pattern a{color:var(--faint)}`,
  `.share{color:var(--ran);font-size:.8rem;white-space:nowrap}.share.gaps{color:var(--never)}`,
  `main{overflow:auto;padding:1.2rem 1.6rem}main p{color:var(--faint);margin:.2rem 0 1rem;max-width:46rem}section{margin-bottom:3rem}section.away{display:none}.drawing{overflow-x:auto}.drawing svg{max-width:none}`,
  `aside{position:fixed;right:1rem;bottom:1rem;max-width:min(40rem,60vw);max-height:60vh;overflow:auto;background:var(--ground);border:1px solid var(--faint);border-radius:8px;padding:.6rem .8rem;box-shadow:0 4px 18px #0004;pointer-events:none}`,
  `pre{margin:.4rem 0 0;font:12.5px/1.45 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap}`,
  `@media (max-width:45rem){body{display:block;height:auto}nav{border:0;max-height:40vh}}`,
].join('')
