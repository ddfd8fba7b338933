import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paintOf } from '../../src/drawing/coverage-paint.js'
import { flowDrawing, type FlowDrawing, type NodeKind } from '../../src/drawing/flow-drawing.js'
import { flowPage } from '../../src/drawing/page.js'
import { yamlAt } from '../../src/drawing/step-source.js'
import { flowSvg, type SvgOptions } from '../../src/drawing/svg.js'
import { textWidth, wrapped } from '../../src/drawing/text-width.js'
import { loadProject } from '../../src/project/load.js'
import { annexA } from '../importing/annex-a.js'
import { loaded } from '../project/in-memory.js'
import { xmlFault } from './well-formed.js'

const plain: SvgOptions = { sources: new Map(), paint: null, hrefOf: () => null, standalone: true }
const bikes = () => {
  const files = { 'flows/flows.yml': annexA['data/flows.yml'] ?? '', 'domain/domain.yml': annexA['domain.yml'] ?? '' }
  const project = loaded(files)
  const flow = project.flows.get('rent_bike')
  if (flow === undefined) throw new Error('no flow')
  return { project, flow, sources: new Map(Object.entries(files)) }
}

describe('the drawing of a flow', () => {
  it('shows each step as what it does, and each way to the end as an end', () => {
    const { flow, project } = bikes()
    const { nodes, edges } = flowDrawing(flow, project)
    expect(nodes.map(({ kind, title }) => `${kind} ${title}`.trim())).toEqual([
      'start bike rental', 'collect station', 'collect hours', 'response utter_too_long', 'set_slots hours = null', 'call choose_plan', 'collect rental_ok', 'end',
      'action action_book_bike', 'noop', 'link pattern_human_handoff', 'link rate_us',
    ])
    expect(nodes[1]).toMatchObject({ body: ['“ask_station”', '✗ not station matches "^[A-Za-z ]+$"'], place: { file: 'flows/flows.yml', line: 11 } })
    expect(edges.map(({ from, to, label }) => `${from} > ${to}${label === null ? '' : `: ${label}`}`)).toEqual([
      '(start) > 0_collect_station', '0_collect_station > hours_step',
      'hours_step > 2_action_utter_too_long: hours > 24', 'hours_step > 4_call_choose_plan: plan is null', 'hours_step > confirm: else',
      '2_action_utter_too_long > 3_set_slots_hours', '3_set_slots_hours > hours_step', '4_call_choose_plan > confirm',
      'confirm > book: rental_ok', 'confirm > (end 7): else', 'book > 7_noop',
      '7_noop > 8_link_pattern_human_handoff: booking_failed', '7_noop > 9_link_rate_us: else',
    ])
  })

  it('looks like this', async () => {
    const root = resolve(import.meta.dirname, '../..')
    const { project, sources } = await loadProject(root)
    const flow = project?.flows.get('transfer_money')
    if (project === null || flow === undefined) throw new Error('the sample does not load')
    await expect(flowSvg(flowDrawing(flow, project), { ...plain, sources })).toMatchFileSnapshot('golden/transfer_money.svg')
  })

  it('is the same every time', () => {
    const { flow, project } = bikes()
    expect(flowSvg(flowDrawing(flow, project), plain)).toBe(flowSvg(flowDrawing(flow, project), plain))
  })

  it('leads from a call and a link to their flows, where those are drawn', () => {
    const { flow, project } = bikes()
    const svg = flowSvg(flowDrawing(flow, project), { ...plain, hrefOf: (id) => (id.startsWith('pattern_') ? null : `${id}.svg`) })
    expect([...svg.matchAll(/<a href="([^"]*)">/g)].map(([, href]) => href)).toEqual(['choose_plan.svg', 'rate_us.svg'])
  })

  it('is painted with how often tests came by, and where they never did', () => {
    const { flow, project } = bikes()
    const paint = paintOf({
      flow: flow.id, file: '', line: 1, steps: 10, cases: 4, missing: [],
      entered: [{ step: '0_collect_station', line: 1, times: 9, cases: 4 }, { step: 'hours_step', line: 1, times: 5, cases: 1 }],
    })
    const svg = flowSvg(flowDrawing(flow, project), { ...plain, paint })
    expect(paint.share).toBe(0.2)
    expect([...svg.matchAll(/class="node (\w+ (?:never|ran ran\d))"/g)].map(([, kind]) => kind).slice(0, 3)).toEqual(['collect ran ran4', 'collect ran ran1', 'response never'])
    expect([...svg.matchAll(/class="badge"[^]*?<text[^>]*>([^<]*)/g)].map(([, text]) => text)).toEqual(['9× · 100 %', '5× · 25 %', ...new Array<string>(8).fill('never')])
  })
})

const kinds: readonly NodeKind[] = ['start', 'collect', 'action', 'response', 'set_slots', 'noop', 'link', 'call', 'end']
const text = fc.string({ unit: 'binary', maxLength: 60 })
const drawings: fc.Arbitrary<FlowDrawing> = fc.array(fc.record({ kind: fc.constantFrom(...kinds), caption: text, title: text, body: fc.array(text, { maxLength: 3 }) }), { minLength: 1, maxLength: 8 }).chain((given) => {
  const place = { file: 'a"<b>&.yml', line: 1, column: 1 }
  const nodes = given.map((node, at) => ({ ...node, id: `n${at}`, step: `n${at}`, place, leadsTo: node.kind === 'link' ? 'other' : null }))
  const end = fc.constantFrom(...nodes.map(({ id }) => id))
  return fc.record({ flow: fc.constantFrom('a', 'b-c'), name: text, place: fc.constant(place), nodes: fc.constant(nodes), edges: fc.array(fc.record({ from: end, to: end, label: fc.option(text) }), { maxLength: 10 }) })
})

describe('the drawing of any flow', () => {
  it('is well-formed XML with every node and every edge, whatever is written in it', () => {
    fc.assert(fc.property(drawings, fc.boolean(), fc.boolean(), text, (drawing, standalone, isPainted, source) => {
      const svg = flowSvg(drawing, {
        sources: new Map([['a"<b>&.yml', source]]), standalone, hrefOf: (flow) => `#${flow}&`,
        paint: isPainted ? { steps: new Map([['n0', { times: 3, share: 0.5 }]]), share: 0.5 } : null,
      })
      expect(xmlFault(svg)).toBeNull()
      expect(svg.match(/<g class="node /g)).toHaveLength(drawing.nodes.length)
      expect(svg.match(/<path class="edge/g) ?? []).toHaveLength(drawing.edges.length)
      expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    }), { numRuns: 200 })
  })
  it('is checked by something that finds faults', () => {
    for (const fault of ['<a>', '<a></b>', '<a b="1" b="2"/>', '<a b=1/>', '<a>&</a>', '<a b="&x"/>', '<a>\u0001</a>', '<a/>b']) expect(xmlFault(fault)).not.toBeNull()
    expect(xmlFault('<a b="&lt;"><c/>d &amp; e</a>\n')).toBeNull()
  })
})

describe('the page', () => {
  const page = (): string => {
    const { project, sources } = bikes()
    const flows = [...project.flows.values()].filter(({ isPattern }) => !isPattern)
    return flowPage('bikes & <more>', flows.map((flow) => {
      const drawing = flowDrawing(flow, project)
      return { drawing, description: flow.description, isPattern: false, paint: null, svg: flowSvg(drawing, { ...plain, sources, standalone: false, hrefOf: (id) => (project.flows.get(id)?.isPattern === false ? `#${id}` : null) }) }
    }))
  }
  it('holds every flow, in the list and drawn, and leads from one to the other', () => {
    const html = page()
    const ids = [...html.matchAll(/<section id="([^"]*)"/g)].map(([, id]) => id)
    expect(ids).toEqual(['rent_bike', 'choose_plan', 'rate_us'])
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target)
    expect(html.match(/href="#rate_us"/g)).toHaveLength(2) // the list, and the link
  })
  it('tells the place and the YAML of each step', () => {
    expect(page()).toContain('data-place="flows/flows.yml:16" data-yaml="- id: hours_step\n  collect: hours\n  utter: utter_how_long\n  next:\n    - if: slots.hours &gt; 24\n')
  })
  it('needs nothing from outside', () => {
    const html = page()
    expect(html).toContain('<h1>bikes &amp; &lt;more&gt;</h1>')
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<link|<script src|<img|@import|url\((?!#)/)
  })
  it('finds flows by what is written in them', () => {
    expect(page()).toContain('data-words="rate_us rate_us rate the rental. rate_us stars “ask_stars” utter_thanks “thanks”')
  })
})

describe('the YAML of a step', () => {
  const source = 'flows:\n  a:\n    steps:\n      - collect: b\n        next:\n          - if: c\n\n            then: END\n      # about d\n      - action: d\n    name: a\n  e: {steps: [{action: f}]}\n'
  it.each([
    ['a step', 4, 9, '- collect: b\n  next:\n    - if: c\n\n      then: END'],
    ['the last one', 10, 9, '- action: d'],
    ['a flow', 2, 3, 'a:\n  steps:\n    - collect: b\n      next:\n        - if: c\n\n          then: END\n    # about d\n    - action: d\n  name: a'],
    ['one in a line', 12, 15, 'e: {steps: [{action: f}]}'],
  ])('is all of %s', (_, line, column, expected) => {
    expect(yamlAt(source, { file: 'x.yml', line, column }).replace(/\n# about d$/, '')).toBe(expected)
  })
  it('ends where it gets long', () => {
    expect(yamlAt(`- a:\n${'    b\n'.repeat(40)}`, { file: 'x.yml', line: 1, column: 3 }).split('\n')).toHaveLength(17)
  })
})

describe('wrapped text', () => {
  const font = { size: 10 }
  it('fits, and loses no letter', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 30, max: 300 }), (words, most) => {
      const lines = wrapped(words, font, most)
      for (const line of lines) expect(textWidth(line, font)).toBeLessThanOrEqual(most)
      expect(lines.join('').replace(/\s/g, '')).toBe(words.replace(/\s/g, ''))
    }))
  })
  it.each([
    ['one two three', 40, 9, ['one two', 'three']],
    ['utter_transfer_above_limit', 80, 9, ['utter_transfer_', 'above_limit']],
    ['one two three four five', 40, 2, ['one two', 'three…']],
  ])('breaks %j', (words, most, lines, expected) => {
    expect(wrapped(words, font, most, lines)).toEqual(expected)
  })
})
