import type { Dataset } from '../dataset/build.js'
import type { Example } from '../dataset/example.js'
import { legalFrom } from '../dataset/legal-state.js'
import { ensureEncoder } from '../fetch/ensure-encoder.js'
import type { Report } from '../fetch/progress.js'
import { choicesAt, startOf } from '../language/grammar.js'
import { kindOfBranch } from '../language/kind.js'
import { bertGguf } from '../model/bert-gguf.js'
import type { Project } from '../project/types.js'
import { bar, type ProgressLine } from '../terminal/progress.js'
import { headOptions, trainHead, type LegalKinds } from '../understand/head-training.js'
import { readHead, writeHead, type Head } from '../understand/head.js'
import { openLlamaCpp } from '../understand/llama-cpp.js'
import { withEncoder } from '../understand/own-encoder.js'
import { headFile } from './encoder-head.js'
import { measureExamples } from './measure.js'
import type { Model } from './models.js'

/** How much the encoder's head may count beside the language model; 0 leaves it out. */
const lambdas = [0, 0.5, 1] as const
const mostDevExamples = 120

/**
 * Trains the head over the sentence encoder and chooses on dev how much it counts. Does nothing where the folder has one already.
 * What dev cannot tell apart is decided for the smaller weight.
 */
export const addHead = async (project: Project, dataset: Dataset, model: Model, line: ProgressLine, report: Report, signal: AbortSignal): Promise<void> => {
  if (await readHead(headFile(model.folder)) !== null) return
  const encoderPath = await bertGguf(await ensureEncoder({ report, signal }))
  const trained = await withEncoder(encoderPath, ({ name, embed }) => {
    let read = 0
    const examples = [...dataset.train, ...dataset.further]
    const messages = new Set(examples.map(({ message }) => message)).size
    return trainHead(examples, legalKinds(project), (message) => {
      read += 1
      line.show(`Reading messages with the sentence encoder ${bar(read / messages, 24)} ${read}`)
      return embed(message)
    }, name, headOptions(), signal)
  })
  if (trained === null) return
  const lambda = await chosenLambda(project, spread(dataset.dev, mostDevExamples), model, { encoderPath, head: trained }, line, signal)
  await writeHead(headFile(model.folder), { ...trained, lambda })
}

const legalKinds = (project: Project): LegalKinds => ({ legal, message }) =>
  legal === undefined ? null : new Set(choicesAt(startOf(legalFrom(project, legal), message)).map(kindOfBranch))

const chosenLambda = async (
  project: Project, dev: readonly Example[], model: Model, { encoderPath, head }: { readonly encoderPath: string; readonly head: Head },
  line: ProgressLine, signal: AbortSignal,
): Promise<number> => {
  let best = { lambda: 0, exact: -1 }
  for (const lambda of lambdas) {
    const opened = await openLlamaCpp({ ...model.files, head: { encoderPath, head: { ...head, lambda } } })
    try {
      const { exact } = await measureExamples(project, dev, opened, signal, (done, of) => line.show(`Weighing the encoder: ${lambda} ${bar(done / of, 24)} ${done}/${of}`))
      if (exact > best.exact) best = { lambda, exact }
    } finally {
      await opened.dispose()
    }
  }
  line.keep(`The sentence encoder counts ${best.lambda} beside the language model: ${(best.exact * 100).toFixed(1)} % of ${dev.length} dev messages right.`)
  return best.lambda
}

/** So many of them, evenly over the whole list. */
const spread = (examples: readonly Example[], most: number): readonly Example[] => {
  const stride = Math.max(1, examples.length / most)
  return examples.filter((_, index) => Math.floor(index / stride) !== Math.floor((index - 1) / stride))
}
