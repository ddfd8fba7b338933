import { confusionChart, lineChart, type Series } from '../drawing/charts.js'
import { chartsPage, type PageTable } from '../drawing/charts-page.js'
import { duration, percent } from '../terminal/progress.js'
import type { Metric, Run } from './recorded-runs.js'

/** The charts of one run or of several, by the name of their file. */
export const chartsOf = (runs: readonly Run[]): ReadonlyMap<string, string> => {
  const named = (run: Run, what: string): string => (runs.length === 1 ? what : `${run.id} ${what}`)
  const line = (points: Run['curves']['train']): Series['points'] => points.map(({ step, loss }) => [step, loss] as const)
  const charts = new Map([['loss', lineChart({
    title: 'Loss', x: 'step', y: 'loss',
    series: runs.flatMap((run) => [{ name: named(run, 'training'), points: line(run.curves.train) }, ...(run.curves.dev.length === 0 ? [] : [{ name: named(run, 'dev'), points: line(run.curves.dev), isDotted: true }])]),
  })]])
  const judged = runs.filter(({ reliability }) => reliability.some(({ count }) => count > 0))
  if (judged.length > 0) {
    charts.set('reliability', lineChart({
      title: 'How often it is right by how sure it is', x: 'sure', y: 'right', isUnit: true,
      series: judged.map((run) => ({ name: named(run, 'measured'), points: run.reliability.filter(({ count }) => count > 0).map(({ confidence, accuracy }) => [confidence, accuracy] as const) })),
    }))
  }
  for (const run of runs) {
    if (!run.confusion.some(({ label, given }) => label !== given)) continue
    charts.set(runs.length === 1 ? 'confusion' : `confusion-${run.id}`, confusionChart(named(run, 'what is taken for what'), run.confusion))
  }
  return charts
}

export const metricText = ({ value, margin, isShare }: Metric): string =>
  (isShare ? `${percent(value)}${margin === null ? '' : ` ± ${(margin * 100).toFixed(1)}`}` : Number(value.toPrecision(4)).toString())

export const factsOf = (run: Run): readonly (readonly [string, string])[] => [
  ['trained on', `${run.kind === 'labels' ? 'labels' : 'a project'}${run.learned === null ? '' : `, ${run.learned.toLocaleString('en')} examples`}`],
  ['data', run.data === '' ? '-' : run.data.slice(0, 12)],
  ['state', run.state], ['written', run.when], ['time', duration(run.seconds)], ['steps', String(run.curves.train.at(-1)?.step ?? 0)], ['folder', run.folder],
]

export const runPage = (run: Run): string => chartsPage(`Run ${run.id}`, [
  { title: 'Figures', rows: [['', 'value'], ...run.metrics.map((metric) => [metric.name, metricText(metric)])] },
  { title: 'Run', rows: [['', ''], ...factsOf(run)] },
  { title: 'Options', rows: [['', 'value'], ...Object.entries(run.config)] },
], [...chartsOf([run]).values()])

/** What one run has that the other has not, or has otherwise. */
export type Difference = { readonly name: string; readonly values: readonly (string | null)[] }
export type MetricDifference = {
  readonly name: string
  readonly values: readonly (number | null)[]
  /** Of each run after the first: how much more than the first, and half of the 95 % interval of that. Null where there is nothing to compare. */
  readonly more: readonly ({ readonly difference: number; readonly margin: number | null } | null)[]
}
export type Comparison = { readonly runs: readonly string[]; readonly sameData: boolean; readonly config: readonly Difference[]; readonly metrics: readonly MetricDifference[] }

export const comparisonOf = (runs: readonly Run[]): Comparison => {
  const [first] = runs
  const names = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))]
  const metricNames = [...new Set(runs.flatMap(({ metrics }) => metrics.map(({ name }) => name)))]
  const metricOf = (run: Run | undefined, name: string): Metric | undefined => run?.metrics.find((metric) => metric.name === name)
  return {
    runs: runs.map(({ id }) => id),
    sameData: runs.every(({ data }) => data !== '' && data === first?.data),
    config: names.map((name) => ({ name, values: runs.map(({ config }) => config[name] ?? null) })).filter(({ values }) => new Set(values).size > 1),
    metrics: metricNames.map((name) => ({
      name, values: runs.map((run) => metricOf(run, name)?.value ?? null),
      more: runs.slice(1).map((run) => {
        const [one, other] = [metricOf(first, name), metricOf(run, name)]
        if (one === undefined || other === undefined) return null
        // As of two shares measured apart; on the same messages the true margin is smaller.
        return { difference: other.value - one.value, margin: one.margin === null || other.margin === null ? null : Math.hypot(one.margin, other.margin) }
      }),
    })),
  }
}

/** Rows for people: the value of each run, and by how much it is more than the first. */
export const comparisonTables = (runs: readonly Run[]): readonly PageTable[] => {
  const { config, metrics } = comparisonOf(runs)
  const head = ['', ...runs.map(({ id }) => id)]
  return [
    { title: 'Figures', rows: [head, ...metrics.map(({ name, more }) => [name, ...runs.map((run, at) => {
      const metric = run.metrics.find((one) => one.name === name)
      return metric === undefined ? '-' : `${metricText(metric)}${at === 0 ? '' : moreText(more[at - 1] ?? null, metric)}`
    })])] },
    { title: 'Options that differ', rows: [head, ...config.map(({ name, values }) => [name, ...values.map((value) => value ?? '-')])] },
  ]
}

const moreText = (more: MetricDifference['more'][number], { isShare }: Metric): string => {
  if (more === null) return ''
  const { difference, margin } = more
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${isShare ? (value * 100).toFixed(1) : Number(value.toPrecision(3)).toString()}`
  const isChance = margin !== null && Math.abs(difference) <= margin
  return ` (${signed(difference)}${margin === null ? '' : ` ± ${(margin * 100).toFixed(1)}`}${isChance ? ', may be chance' : ''})`
}

export const comparisonPage = (runs: readonly Run[]): string =>
  chartsPage(`Runs ${runs.map(({ id }) => id).join(', ')}`, comparisonTables(runs), [...chartsOf(runs).values()])
