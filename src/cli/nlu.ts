import { join } from 'node:path'
import { ensureEncoder } from '../fetch/ensure-encoder.js'
import type { Report } from '../fetch/progress.js'
import { bertGguf } from '../model/bert-gguf.js'
import type { Project } from '../project/types.js'
import { bar, progressLine } from '../terminal/progress.js'
import { coexisting, earOf, type Ear } from '../understand/coexisting.js'
import { openEncoder } from '../understand/encoder.js'
import { nluKey, readNlu, trainNlu, writeNlu } from '../understand/nlu-model.js'
import { encoderRuntime, withEncoder } from '../understand/own-encoder.js'
import type { Understander } from '../understand/understanding.js'
import type { Io } from './command.js'
import { unlessDamaged } from './encoder-head.js'
import { fetchingOn } from './fetch-progress.js'
import { modelsFolder, NoTrainedModel } from './models.js'

const nluFile = (project: Project): string => join(modelsFolder(project), 'nlu.json')

/** Whether config.yml leaves everything to the NLU side and its adapter: then there is no language model to train or to ask. */
export const isNluOnly = ({ config: { nlu } }: Project): boolean => nlu !== undefined && !nlu.hasGenerator

/** Trains what hears intents and entities, where the project has an NLU side and its examples are others than last time. */
export const trainNluSide = async (project: Project, io: Io): Promise<void> => {
  if (project.config.nlu === undefined || (await unlessDamaged(readNlu(nluFile(project))))?.key === nluKey(project)) return
  const line = progressLine(io.err, io.isTty)
  try {
    const encoderPath = await bertGguf(await ensureEncoder(fetchingOn(line, io.signal)))
    const { examples } = project.nlu
    const { heads, accuracy } = await withEncoder(encoderPath, ({ name, embed }) => {
      let read = 0
      return trainNlu(project, (text) => {
        io.signal.throwIfAborted()
        read += 1
        line.show(`Reading examples of intents ${bar(Math.min(read / examples.length, 1), 24)} ${read}`)
        return embed(text)
      }, name)
    })
    await writeNlu(nluFile(project), heads)
    const intents = heads.intents?.labels.length ?? 0
    const share = accuracy === null ? '' : `; ${(accuracy * 100).toFixed(1)} % of examples told right by a head that had not learned them`
    line.keep(`Learned ${intents} intents from ${examples.length} examples${share}.`)
  } finally {
    line.clear()
  }
}

/** The ear of a project that has an NLU side; null where it has none. Throws NoTrainedModel. */
export const findEar = async (project: Project, report: Report): Promise<{ readonly version: string; readonly open: () => Promise<Ear> } | null> => {
  if (project.config.nlu === undefined) return null
  const heads = await readNlu(nluFile(project))
  if (heads === null) throw new NoTrainedModel(modelsFolder(project), 'The NLU side of this project was not trained yet.')
  const encoderPath = await bertGguf(await ensureEncoder({ report }))
  return {
    version: `nlu-${heads.key.slice(0, 8)}`,
    open: async () => {
      const llama = await encoderRuntime()
      const { embed } = await openEncoder(llama, encoderPath)
      return earOf(project, heads, embed, () => llama.dispose())
    },
  }
}

/** A model with the project's ear beside it, where it has one. `model` null: the ear alone. */
export const openWithEar = async (ear: Awaited<ReturnType<typeof findEar>>, model: (() => Promise<Understander>) | null): Promise<Understander> => {
  const understander = await model?.() ?? null
  if (ear !== null) return coexisting(await ear.open(), understander)
  if (understander === null) throw new RangeError('Neither a model nor an ear')
  return understander
}
