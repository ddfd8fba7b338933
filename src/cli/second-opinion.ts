import type { Dataset } from '../dataset/build.js'
import type { Example } from '../dataset/example.js'
import { legalFrom } from '../dataset/legal-state.js'
import { ensureEncoder } from '../fetch/ensure-encoder.js'
import type { Report } from '../fetch/progress.js'
import { startOf } from '../language/grammar.js'
import { isClosed } from '../language/kind.js'
import { bertGguf } from '../model/bert-gguf.js'
import type { Project } from '../project/types.js'
import { bar, type ProgressLine } from '../terminal/progress.js'
import { headOptions, trainHead, type HeadTask } from '../understand/head-training.js'
import { readHead, writeHead } from '../understand/head.js'
import { withEncoder } from '../understand/own-encoder.js'
import { headFile, unlessDamaged } from './encoder-head.js'

/**
 * Trains the head over the sentence encoder. It learns fast, so beside what the language model has time for it gets every place that a
 * written sentence was put into, and all messages with more than one request. Does nothing where the folder has one already.
 */
export const addHead = async (project: Project, { train, further }: Dataset, folder: string, line: ProgressLine, report: Report, signal: AbortSignal): Promise<void> => {
  if (await unlessDamaged(readHead(headFile(folder))) !== null) return
  const encoderPath = await bertGguf(await ensureEncoder({ report, signal }))
  const examples = [...train, ...further.filter((example) => example.origin.kind !== 'augmented' || isMixed(example))]
  const messages = new Set(examples.map(({ message }) => message)).size
  const head = await withEncoder(encoderPath, ({ name, embed }) => {
    let read = 0
    return trainHead(examples, taskOf(project), (message) => {
      read += 1
      line.show(`Reading messages with the sentence encoder ${bar(read / messages, 24)} ${read}/${messages}`)
      return embed(message)
    }, name, headOptions, signal)
  })
  if (head !== null) await writeHead(headFile(folder), head)
}

/** A request beside another one, beside an answer, or instead of what was going on. */
const isMixed = ({ commands }: Example): boolean => commands.some(({ command }, index) => command === 'start flow' && index > 0)

export const taskOf = (project: Project): HeadTask => ({
  startOf: ({ legal, message }) => (legal === undefined ? null : startOf(legalFrom(project, legal), message)),
  isClosedSlot: (name) => {
    const slot = project.slots.get(name)
    return slot !== undefined && isClosed(slot)
  },
})
