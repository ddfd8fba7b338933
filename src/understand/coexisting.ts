import { decided, heardAs, together, withFallback } from '../dialogue/coexistence.js'
import type { Heard } from '../dialogue/heard.js'
import type { Route } from '../dialogue/routing.js'
import { saidIntent } from '../dialogue/shortcuts.js'
import type { Project } from '../project/types.js'
import type { Embed } from './encoder.js'
import { entitiesIn } from './entities.js'
import { messageFeatures } from './head-features.js'
import { ranked } from './label-head.js'
import type { NluHeads } from './nlu-model.js'
import type { Understander, Understanding } from './understanding.js'

/** What hears intents and entities in a message. */
export type Ear = {
  readonly version: string
  readonly hear: (text: string) => Promise<{ readonly heard: Heard; readonly route: Route | null }>
  readonly dispose: () => Promise<void>
}

const routes: Readonly<Record<string, Route>> = {
  calm: { system: 'calm', isSticky: true }, nlu: { system: 'nlu', isSticky: true }, nluOnce: { system: 'nlu', isSticky: false },
}

/** The ear of a project: its heads over a sentence encoder, with the tables of its training data. */
export const earOf = (project: Project, heads: NluHeads, embed: Embed, dispose: () => Promise<void>): Ear => ({
  version: `nlu-${heads.key.slice(0, 8)}`,
  hear: async (text) => {
    const features = messageFeatures(await embed(text), text)
    const only = project.nlu.examples[0]?.intent
    const shares = heads.intents !== null ? ranked(heads.intents, features) : only === undefined ? [] : [{ name: only, confidence: 1 }]
    const system = heads.systems === null ? undefined : ranked(heads.systems, features)[0]?.name
    return { heard: heardAs(text, shares, entitiesIn(text, project.nlu, heads.tagger)), route: system === undefined ? null : routes[system] ?? null }
  },
  dispose,
})

/**
 * An NLU model beside the language model, or without one: router, NLUCommandAdapter and the NLU side's rules and stories have their say
 * in the order of the documents. Throws what either of them throws; only a router that goes by descriptions may fail, to the NLU side.
 */
export const coexisting = (ear: Ear, model: Understander | null): Understander => {
  const modelVersion = model === null ? ear.version : `${model.modelVersion}+${ear.version}`
  return {
    modelVersion,
    understand: async (project, tracker, message, signal) => {
      const started = performance.now()
      const { heard, isSaid, route } = await heardIn(project, ear, message)
      const { commands, asksModel, isCalm } = decided(project, tracker, { heard, isSaid, route })
      const understood = asksModel && model !== null ? await model.understand(project, tracker, message.replace(/^\/+/, ''), signal) : null
      return {
        ...understood ?? byEar(heard),
        commands: together(commands, understood?.commands ?? []), modelVersion, milliseconds: performance.now() - started,
        heard, ...(isCalm !== undefined && { isCalm }),
      }
    },
    ...(model?.readAhead && { readAhead: (project, tracker) => model.readAhead?.(project, tracker) ?? Promise.resolve() }),
    dispose: async () => {
      await ear.dispose()
      await model?.dispose()
    },
  }
}

const byEar = ({ ranking }: Heard): Omit<Understanding, 'commands' | 'modelVersion' | 'milliseconds'> => ({
  candidates: ranking.slice(0, 5).map(({ name, confidence }) => ({ text: `/${name}`, probability: confidence })), probability: ranking[0]?.confidence ?? 0, promptHash: 'none',
})

type HeardMessage = { readonly heard: Heard; readonly isSaid: boolean; readonly route: Route | null }

const heardIn = async (project: Project, ear: Ear, message: string): Promise<HeardMessage> => {
  const said = message.startsWith('/') ? saidIntent(message) : null
  if (said !== null) {
    const entities = said.entities.map(({ entity, value }) => ({ start: 0, end: message.length, entity, role: null, group: null, value }))
    return { heard: heardAs(message, [{ name: said.intent, confidence: 1 }], entities), isSaid: true, route: null }
  }
  try {
    const { heard, route } = await ear.hear(message)
    return { heard: withFallback(heard, project.config.nlu?.fallback ?? null), isSaid: false, route }
  } catch (error) {
    if (project.config.nlu?.router?.kind !== 'descriptions') throw error
    return { heard: heardAs(message, [], []), isSaid: false, route: routes['nlu'] ?? null }
  }
}
