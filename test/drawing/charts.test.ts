import { describe, expect, it } from 'vitest'
import { chartsPage } from '../../src/drawing/charts-page.js'
import { confusionChart, lineChart } from '../../src/drawing/charts.js'
import { xmlFault } from './well-formed.js'

const pathsOf = (svg: string): readonly string[] => [...svg.matchAll(/<path class="line[^"]*" stroke="[^"]+" d="(M[^"]*L[^"]*)"/g)].map(([, path = '']) => path)
const pointsOf = (path: string): readonly (readonly number[])[] => path.slice(1).split('L').map((point) => point.split(' ').map(Number))

describe('a line chart', () => {
  const svg = lineChart({ title: 'Loss <of> "a"', x: 'step', y: 'loss', series: [{ name: 'a', points: [[1, 4], [2, 2], [3, 0]] }, { name: 'b & c', points: [[1, 4], [3, 4]] }] })
  it('is well-formed and puts values where their axes say', () => {
    expect(xmlFault(svg)).toBeNull()
    const [first = [], second = []] = pathsOf(svg).map(pointsOf)
    expect(first[1]?.[1]).toBeCloseTo(((first[0]?.[1] ?? 0) + (first[2]?.[1] ?? 0)) / 2, 0)
    expect(second[0]).toEqual(first[0])
    expect(second[1]?.[0]).toEqual(first[2]?.[0])
    expect(first[2]?.[1]).toBeGreaterThan(first[0]?.[1] ?? 0) // down is small
  })
  it.each([
    ['nothing', []], ['one point', [[5, 1]]], ['the same value', [[1, 2], [2, 2]]], ['a loss that exploded', [[1, 2], [2, NaN], [3, Infinity], [4, 1]]],
  ] as const)('is drawn of %s', (_, points) => {
    const drawn = lineChart({ title: 't', x: 'x', y: 'y', series: [{ name: 's', points }] })
    expect(xmlFault(drawn)).toBeNull()
    expect(drawn).not.toMatch(/NaN|Infinity/)
  })
})

describe('a confusion chart', () => {
  it('shows what is mistaken, with its counts, and leaves out what never is', () => {
    const svg = confusionChart('c', [{ label: 'a', given: 'a', count: 9 }, { label: 'a', given: 'b<', count: 3 }, { label: 'b<', given: 'b<', count: 5 }, { label: 'z', given: 'z', count: 70 }])
    expect(xmlFault(svg)).toBeNull()
    expect(svg).toContain('a taken for b&lt;: 3')
    expect(svg).not.toContain('>z<')
    expect(svg.match(/<rect class="cell/g)).toHaveLength(4)
  })
  it('keeps to the labels that are mistaken most', () => {
    const svg = confusionChart('many', Array.from({ length: 40 }, (_, at) => ({ label: `l${at}`, given: `l${(at + 1) % 40}`, count: at + 1 })))
    expect(svg).toContain('the 25 labels mistaken most, of 40')
    expect(svg).toContain('l39 taken for l38: 0')
  })
})

it('a page of charts holds all in itself', () => {
  const page = chartsPage('Run <1>', [{ title: 'Options', rows: [['', 'value'], ['rank', '<b>']] }], [lineChart({ title: 't', x: 'x', y: 'y', series: [] })])
  expect(page).toContain('<td>&lt;b&gt;</td>')
  expect(page).not.toMatch(/(?:src|href)=/)
})
