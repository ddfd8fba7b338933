import { resolve } from 'node:path'
import { ensureModel } from '../fetch/ensure-model.js'
import { smolLm2Name } from '../fetch/pins.js'
import { chatFormats } from '../language/chat-format.js'
import { architectures } from '../model/architectures.js'
import { BadModelFile, UnsupportedModel } from '../model/errors.js'
import { loraTargets } from '../model/llama-lora.js'
import { openModel, type BaseModel } from '../model/open-model.js'
import { tensorTypes } from '../model/quantisation.js'
import { weightShapes } from '../model/weight-shapes.js'
import { exit, type Io } from './command.js'
import { fetchReport } from './fetch-progress.js'

/** What a base model is, and what attune can do with it. */
type Facts = {
  readonly path: string
  readonly architecture: string
  readonly size: string
  readonly parameters: number
  readonly context: number
  readonly numbers: readonly string[]
  readonly chatFormat: string
  readonly train: string
  readonly serve: string
}

/** Says which base models are supported, or, of each that is named, what it is; one that is not here yet is fetched. */
export const describeModels = async (names: readonly string[], json: boolean, io: Io): Promise<number> => {
  if (names.length === 0) io.out(json ? `${JSON.stringify(supported)}\n` : supportedText)
  let failed = false
  for (const name of names) failed = !(await shown(name, json, io)) || failed
  return failed ? exit.failed : exit.ok
}

const supported = {
  known: [smolLm2Name],
  architectures: Object.values(architectures).map(({ name, models, modelTypes }) => ({ name, models, modelTypes })),
  numbers: tensorTypes,
  chatFormats: Object.values(chatFormats).map(({ name }) => name),
}

const supportedText = `Known by name: ${supported.known.join(', ')}
Architectures, trained and served:
${supported.architectures.map(({ name, models }) => `  ${name.padEnd(6)} ${models}`).join('\n')}
Numbers in GGUF files: ${supported.numbers.join(', ')}; in safetensors: F32, F16, BF16
Chat formats: ${supported.chatFormats.join('; ')}
`

/** False where the model cannot be used; what was found and what is supported is then said. */
const shown = async (name: string, json: boolean, io: Io): Promise<boolean> => {
  const fetching = fetchReport(io)
  const isPath = name !== smolLm2Name && !name.startsWith('hf:')
  const { path } = await ensureModel(isPath ? resolve(io.cwd, name) : name, { report: fetching.report, signal: io.signal }).finally(fetching.done)
  try {
    const model = await openModel(path)
    try {
      const facts = factsOf(model)
      io.out(json ? `${JSON.stringify(facts)}\n` : factsText(facts))
    } finally {
      await model.close()
    }
    return true
  } catch (error) {
    if (!(error instanceof UnsupportedModel || error instanceof BadModelFile)) throw error
    if (json) io.out(`${JSON.stringify({ path, error: error.message })}\n`)
    else io.err(`${error.message}\nIt can be neither trained nor served.\n`)
    return false
  }
}

/** Throws UnsupportedModel where the model cannot be spoken to. */
const factsOf = ({ path, weights: { config }, types, tokenizer }: BaseModel): Facts => {
  const { architecture, layers, hidden, heads, keyValueHeads, headSize, feedForward, vocabulary } = config
  const { name, end } = tokenizer.chatFormat()
  const isGguf = path.endsWith('.gguf')
  return {
    path,
    architecture: `${architecture} (${architectures[architecture].models})`,
    size: `${layers} layers, hidden ${hidden}, ${heads} heads of ${headSize} over ${keyValueHeads} for keys and values, feed-forward ${feedForward}, vocabulary ${vocabulary}`,
    parameters: [...weightShapes(config).values()].reduce((total, shape) => total + shape.reduce((product, size) => product * size, 1), 0),
    context: config.contextLength,
    numbers: types,
    chatFormat: `${name}, ends with ${end}`,
    train: `yes, LoRA on ${loraTargets.join(', ')}`,
    serve: isGguf ? 'yes, by llama.cpp in this process' : 'only as GGUF: llama.cpp reads no folders; name a GGUF file of the same model',
  }
}

const factsText = (facts: Facts): string => `${facts.path}
  architecture  ${facts.architecture}
  size          ${facts.size}; ${(facts.parameters / 1e6).toFixed(1)} million parameters
  context       ${facts.context} tokens
  numbers       ${facts.numbers.join(', ')}
  chat format   ${facts.chatFormat}
  train         ${facts.train}
  serve         ${facts.serve}
`
