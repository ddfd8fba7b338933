/**
 * One turn of understanding, side by side in one run: attune's short prompt and tree of legal ids, against the same llama.cpp
 * with everything in the prompt and a GBNF grammar, and the two mixtures. The same turns for all, in turn, so that a busy machine
 * is busy for all. Run: node --import jiti/register bench/turn.ts [--model GGUF] [--adapter GGUF] [--turns 40] [--threads 2]
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { getLlama, LlamaGrammarEvaluationState, LlamaLogLevel, type LlamaContextSequence, type LlamaGrammar, type LlamaModel, type Token } from 'node-llama-cpp'
import { writeCommands } from '../src/dialogue/command-text.js'
import { ensureModel } from '../src/fetch/ensure-model.js'
import { endToken, promptOf } from '../src/language/prompt.js'
import { tokenStart } from '../src/language/token-trie.js'
import { tokensOf } from '../src/language/tokens.js'
import { startOf } from '../src/language/grammar.js'
import { readGguf } from '../src/model/gguf.js'
import { tokenizerFromGguf } from '../src/model/tokenizer-gguf.js'
import type { Tokenizer } from '../src/model/tokenizer.js'
import { loadProject } from '../src/project/load.js'
import { decode } from '../src/understand/decoder.js'
import { fullPrompt } from '../src/understand/full-prompt.js'
import { llamaCppOptions, openedContext } from '../src/understand/llama-cpp.js'
import { sequencesOf, type Sequences } from '../src/understand/llama-sequences.js'
import type { LogitSource } from '../src/understand/logit-source.js'
import { gbnfFor } from './gbnf.js'
import { measuredTurns, type MeasuredTurn } from './measured-turns.js'

const { values: given } = parseArgs({
  options: {
    model: { type: 'string', default: 'smollm2-135m-instruct' }, adapter: { type: 'string' }, project: { type: 'string', default: '.' },
    turns: { type: 'string', default: '40' }, threads: { type: 'string', default: '2' }, seed: { type: 'string', default: '1' },
  },
})

/** A turn as one contender meets it; what `prepare` does, a server does while the user types. */
type Contender = { readonly name: string; readonly prepare: (turn: Asked) => Promise<void>; readonly answer: (turn: Asked) => Promise<string> }
type Asked = MeasuredTurn & { readonly short: readonly number[]; readonly beginning: readonly number[]; readonly full: readonly number[]; readonly completion: readonly number[] }

const askedOf = (tokenizer: Tokenizer, turn: MeasuredTurn): Asked => {
  const { project, spot, message, commands } = turn
  const prompt = promptOf(project, spot.situation, message)
  const plain = (text: string): readonly number[] => tokenizer.encode(text, { special: false })
  const [begin, end] = [tokenizer.special('<|im_start|>'), tokenizer.special(endToken)]
  const chat = fullPrompt(project, spot.situation, spot.legal, message).flatMap(({ role, content }) => [begin, ...plain(`${role}\n${content}`), end, ...plain('\n')])
  return {
    ...turn,
    short: tokensOf(tokenizer, prompt).ids,
    beginning: tokensOf(tokenizer, prompt.slice(0, 2)).ids,
    full: [...chat, begin, ...plain('assistant\n')],
    completion: [...plain(writeCommands(commands)), end],
  }
}

/**
 * Without an adapter the model would answer anything, of any length. So ours is led to the right answer after all the work of
 * scoring, and GBNF writes as many tokens as the right answer has.
 */
const steered = (source: LogitSource, prompt: readonly number[], completion: readonly number[]): LogitSource => ({
  logits: async (ids, wanted, signal) => {
    const logits = await source.logits(ids, wanted, signal)
    return logits.map((logit, index) => logit + (wanted[index] === completion[ids.length - prompt.length] ? 100 : 0))
  },
})

const trie = (name: string, tokenizer: Tokenizer, sequences: Sequences, isSteered: boolean, promptOfTurn: (turn: Asked) => readonly number[], prepare: Contender['prepare']): Contender => ({
  name, prepare,
  answer: async (turn) => {
    const prompt = promptOfTurn(turn)
    const tree = tokenStart(startOf(turn.spot.legal, turn.message), { encode: (text) => tokenizer.encode(text, { special: false }), end: tokenizer.special(endToken) })
    return writeCommands((await decode(isSteered ? steered(sequences, prompt, turn.completion) : sequences, prompt, tree)).commands)
  },
})

const gbnf = (name: string, model: LlamaModel, sequence: LlamaContextSequence, grammarOf: (turn: Asked) => LlamaGrammar, promptOfTurn: (turn: Asked) => readonly number[], keepsPrompt: boolean): Contender => ({
  name,
  prepare: async () => { if (!keepsPrompt) await sequence.clearHistory() },
  answer: async (turn) => {
    const prompt = promptOfTurn(turn) as readonly Token[]
    await sequence.adaptStateToTokens([...prompt.slice(0, -1)], false)
    const grammarEvaluationState = new LlamaGrammarEvaluationState({ model, grammar: grammarOf(turn) })
    const tokens = sequence.evaluate([...prompt.slice(sequence.nextTokenIndex)], { temperature: 0, grammarEvaluationState, yieldEogToken: true })
    for (let count = 0; count < turn.completion.length; count++) if ((await tokens.next()).done === true) break
    await tokens.return()
    return ''
  },
})

const quantile = (numbers: readonly number[], share: number): number => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? NaN

const run = async (): Promise<void> => {
  const { project } = await loadProject(given.project)
  if (project === null) throw new Error('the project has errors: attune validate shows them')
  const { path: modelPath } = await ensureModel(given.model)
  const gguf = await readGguf(modelPath)
  const tokenizer = tokenizerFromGguf(gguf)
  await gguf.close()
  const turns = (await measuredTurns(project, Number(given.turns), Number(given.seed))).map((turn) => askedOf(tokenizer, turn))
  const threads = Number(given.threads)
  const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, maxThreads: threads, logLevel: LlamaLogLevel.error })
  const model = await llama.loadModel({ modelPath })
  const adapterPath = given.adapter ?? null
  const ours = async (): Promise<Sequences> => sequencesOf(await openedContext(model, llamaCppOptions({ modelPath, adapterPath, version: 'bench', threads, conversations: 1, contextSize: 4096 })))
  const theirs = async (): Promise<LlamaContextSequence> => (await model.createContext({ threads, contextSize: 4096, batchSize: 512, flashAttention: true })).getSequence()
  const grammars = new Map<string, LlamaGrammar>()
  for (const { spot } of turns) {
    const text = gbnfFor(spot.legal)
    if (!grammars.has(text)) grammars.set(text, await llama.createGrammar({ grammar: text }))
  }
  const grammarOf = ({ spot }: Asked): LlamaGrammar => grammars.get(gbnfFor(spot.legal)) ?? raise()
  const [cold, ahead, long] = [await ours(), await ours(), await ours()]
  const isSteered = adapterPath === null
  const contenders: readonly Contender[] = [
    trie('attune: short prompt, tree of ids', tokenizer, cold, isSteered, ({ short }) => short, () => cold.read([0])),
    trie('attune, state read ahead of the message', tokenizer, ahead, isSteered, ({ short }) => short, ({ beginning }) => ahead.read(beginning)),
    trie('full prompt (kept between turns), tree of ids', tokenizer, long, true, ({ full }) => full, async () => undefined),
    gbnf('short prompt, GBNF', model, await theirs(), grammarOf, ({ short }) => short, false),
    gbnf('full prompt (kept between turns), GBNF', model, await theirs(), grammarOf, ({ full }) => full, true),
    gbnf('full prompt, GBNF', model, await theirs(), grammarOf, ({ full }) => full, false),
  ]
  const times = contenders.map((): number[] => [])
  const work = contenders.map((): number[] => [])
  let right = 0
  for (const turn of turns) for (const [index, contender] of contenders.entries()) {
    await contender.prepare(turn)
    const [started, usage] = [performance.now(), process.cpuUsage()]
    const answer = await contender.answer(turn)
    times[index]?.push(performance.now() - started)
    const { user, system } = process.cpuUsage(usage)
    work[index]?.push((user + system) / 1000)
    if (index === 0 && answer === writeCommands(turn.commands)) right++
  }
  await llama.dispose()
  const median = (of: (turn: Asked) => number): number => quantile(turns.map(of), 0.5)
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${threads} threads, ${turns.length} turns of ${project.config.assistantId}, ${adapterPath === null ? 'base model, steered to the right answers' : `tuned, ${right} of ${turns.length} turns right`}`)
  console.log(`median tokens: short prompt ${median(({ short }) => short.length)}, full prompt ${median(({ full }) => full.length)}, answer ${median(({ completion }) => completion.length)}\n`)
  console.log('| contender | p50 ms | p90 ms | fastest ms | CPU ms, p50 | p50 beside attune |\n|---|--:|--:|--:|--:|--:|')
  const ownMedian = quantile(times[0] ?? [], 0.5)
  contenders.forEach(({ name }, index) => {
    const [p50, p90, least] = [0.5, 0.9, 0].map((share) => quantile(times[index] ?? [], share)) as [number, number, number]
    console.log(`| ${name} | ${p50.toFixed(1)} | ${p90.toFixed(1)} | ${least.toFixed(1)} | ${quantile(work[index] ?? [], 0.5).toFixed(1)} | ${(p50 / ownMedian).toFixed(1)}x |`)
  })
}

const raise = (): never => { throw new Error('a state without its grammar') }

await run()
