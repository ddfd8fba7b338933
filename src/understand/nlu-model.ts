import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isMissing } from '../fetch/cache.js'
import { replaceFile } from '../fetch/replace-file.js'
import { isJsonObject } from '../model/json-file.js'
import { BadModelFile } from '../model/errors.js'
import { baseIntent, type Router } from '../project/nlu.js'
import type { Project } from '../project/types.js'
import type { Embed } from './encoder.js'
import { fittedTagger } from './entities.js'
import { messageFeatures } from './head-features.js'
import { fittedHead, plainHead, type LabelHead, type Labelled } from './label-head.js'

/** Heads over the sentence encoder: which intent a message has, which words are entities, which system it is for. */
export type NluHeads = {
  /** Name of the encoder's file. */
  readonly encoder: string
  /** What was learned: with the same examples there is nothing to do. */
  readonly key: string
  /** Null where there are fewer than two intents. */
  readonly intents: LabelHead | null
  readonly tagger: LabelHead | null
  /** For a router that goes by descriptions: `calm`, `nlu` or `nluOnce`. */
  readonly systems: LabelHead | null
}
export type TrainedNlu = { readonly heads: NluHeads; /** Of intents, on examples that were not learned. */ readonly accuracy: number | null }

export const nluKey = ({ nlu, config, examples, flows }: Project): string => {
  const triggers = [...flows.values()].map(({ nluTriggers }) => nluTriggers.map(({ intent }) => intent))
  const said = config.nlu?.router?.kind === 'descriptions' ? examples.map(({ means, utterances }) => [means.kind, utterances.map(({ text }) => text)]) : []
  return createHash('sha256').update(JSON.stringify([version, nlu.examples, config.nlu?.router ?? null, triggers, said])).digest('hex')
}

/** Learns from the examples of intents. The same project gives the same heads. */
export const trainNlu = async (project: Project, embed: Embed, encoder: string): Promise<TrainedNlu> => {
  const { examples } = project.nlu
  const known = new Map<string, Float32Array>()
  const seen: Embed = async (text) => {
    const embedding = known.get(text) ?? await embed(text)
    known.set(text, embedding)
    return embedding
  }
  const labelled: Labelled[] = []
  for (const { intent, text } of examples) labelled.push({ label: intent, features: messageFeatures(await seen(text), text) })
  const fitted = fittedHead(labelled)
  const router = project.config.nlu?.router ?? null
  const systems = router?.kind === 'descriptions' ? plainHead(await systemExamples(project, router, seen)) : null
  return {
    heads: { encoder, key: nluKey(project), intents: fitted?.head ?? null, tagger: fittedTagger(examples), systems },
    accuracy: fitted?.accuracy ?? null,
  }
}

type Descriptions = Extract<Router, { readonly kind: 'descriptions' }>
/**
 * Which system each known sentence is for: examples of flows and of intents that start one are the flows'; another intent belongs to
 * whichever of the two descriptions of the NLU side its examples are more like. The descriptions themselves are learned as well.
 */
const systemExamples = async (project: Project, router: Descriptions, embed: Embed): Promise<readonly Labelled[]> => {
  const triggers = new Set([...project.flows.values()].flatMap(({ nluTriggers }) => nluTriggers.map(({ intent }) => intent)))
  const found: Labelled[] = []
  const add = async (text: string, label: string): Promise<void> => {
    if (text !== '') found.push({ label, features: messageFeatures(await embed(text), text) })
  }
  for (const [label, description] of [['calm', router.calm], ['nlu', router.nlu], ['nluOnce', router.nluOnce]] as const) await add(description, label)
  for (const { means, utterances } of project.examples) if (means.kind === 'flow') for (const { text } of utterances) await add(text, 'calm')
  for (const intent of new Set(project.nlu.examples.map((example) => example.intent))) {
    const texts = project.nlu.examples.filter((example) => example.intent === intent).map(({ text }) => text)
    const label = triggers.has(baseIntent(intent)) ? 'calm' : await isLiker(texts, router, embed) ? 'nluOnce' : 'nlu'
    for (const text of texts) await add(text, label)
  }
  return found
}

const isLiker = async (texts: readonly string[], { nlu, nluOnce }: Descriptions, embed: Embed): Promise<boolean> => {
  if (nluOnce === '' || nlu === '') return nlu === '' && nluOnce !== ''
  const [once, sticky] = [await embed(nluOnce), await embed(nlu)]
  let difference = 0
  for (const text of texts) (await embed(text)).forEach((value, at) => { difference += value * ((once[at] ?? 0) - (sticky[at] ?? 0)) })
  return difference > 0
}

const version = 1
type HeadJson = { readonly labels: readonly string[]; readonly temperature: number; readonly weights: string }
const headJson = (head: LabelHead | null): HeadJson | null =>
  (head === null ? null : { ...head, weights: Buffer.from(head.weights.buffer, head.weights.byteOffset, head.weights.byteLength).toString('base64') })

export const writeNlu = (path: string, { encoder, key, intents, tagger, systems }: NluHeads): Promise<void> =>
  replaceFile(path, (handle) => handle.writeFile(`${JSON.stringify({ version, encoder, key, intents: headJson(intents), tagger: headJson(tagger), systems: headJson(systems) })}\n`))

/** The heads in a file, or null where there is none. Throws BadModelFile. */
export const readNlu = async (path: string): Promise<NluHeads | null> => {
  const bad = (found: string): BadModelFile => new BadModelFile({ file: path, found, expected: 'heads of an NLU model', advice: 'Train again.' })
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error)) return null
    if (error instanceof SyntaxError) throw bad('no JSON')
    throw error
  }
  if (!isJsonObject(json) || json['version'] !== version) throw bad('another version')
  const { encoder, key, intents, tagger, systems } = json
  if (typeof encoder !== 'string' || typeof key !== 'string') throw bad('entries of other types')
  const headOf = (given: unknown): LabelHead | null => {
    if (given === null) return null
    if (!isJsonObject(given)) throw bad('a head that is no object')
    const { labels, temperature, weights } = given
    if (!Array.isArray(labels) || labels.length === 0 || !labels.every((label) => typeof label === 'string') || typeof temperature !== 'number' || typeof weights !== 'string') throw bad('a head with entries of other types')
    const bytes = Buffer.from(weights, 'base64')
    if (bytes.length === 0 || bytes.length % (4 * labels.length) !== 0) throw bad(`${bytes.length} bytes of weights`)
    return { labels, temperature, weights: new Float32Array(new Uint8Array(bytes).buffer) }
  }
  return { encoder, key, intents: headOf(intents), tagger: headOf(tagger), systems: headOf(systems) }
}
