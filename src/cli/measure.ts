import type { Example } from '../dataset/example.js'
import { legalFrom } from '../dataset/legal-state.js'
import { startOf } from '../language/grammar.js'
import { readPrompt } from '../language/prompt.js'
import type { Project } from '../project/types.js'
import { percent } from '../terminal/progress.js'
import type { PromptModel } from '../understand/command-model.js'
import { measurementOf, predicted, type Measurement, type Outcome } from '../understand/measurement.js'

/** Decodes examples as serving would, with only legal commands to choose from. Examples without a known state are left out. */
export const outcomesOf = (
  project: Project, examples: readonly Example[], model: PromptModel, signal: AbortSignal, report: (done: number, of: number) => void,
): Promise<readonly Outcome[]> =>
  predicted(examples.filter(({ legal }) => legal !== undefined), async (example, stop) => {
    const started = performance.now()
    const { commands, probability } = await model.read({
      prompt: readPrompt(example.prompt),
      start: startOf(legalFrom(project, example.legal ?? { startable: [], settable: [], may: [] }), example.message),
    }, stop)
    return { commands, probability, milliseconds: performance.now() - started }
  }, signal, report)

export const measureExamples = async (...given: Parameters<typeof outcomesOf>): Promise<Measurement> => measurementOf(await outcomesOf(...given))

/** Two measurements beside each other, for people. */
export const measurementTable = (columns: readonly { readonly title: string; readonly measured: Measurement }[]): string => {
  const names = [...new Set(columns.flatMap(({ measured }) => Object.keys(measured.byCommand)))].sort()
  const rows: readonly (readonly string[])[] = [
    ['', ...columns.map(({ title }) => title)],
    ['messages', ...columns.map(({ measured }) => String(measured.examples))],
    ['all commands right', ...columns.map(({ measured: { exact, margin } }) => `${percent(exact)} ± ${(margin * 100).toFixed(1)}`)],
    ['slot values right', ...columns.map(({ measured: { slotValues } }) => (slotValues === null ? '-' : percent(slotValues)))],
    ...names.map((name) => [`  ${name} (F1)`, ...columns.map(({ measured }) => {
      const score = measured.byCommand[name]
      return score === undefined ? '-' : `${percent(score.f1)} of ${score.support}`
    })]),
    ['calibration error', ...columns.map(({ measured }) => measured.calibrationError.toFixed(3))],
    ['median time', ...columns.map(({ measured }) => `${Math.round(measured.medianMilliseconds)} ms`)],
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd()).join('\n')
}
