import type { Config } from '../types.js'
import { profilePatterns, sharedPatterns } from './patterns.js'
import { defaultResponses } from './responses.js'
import { parseYaml, type ParsedYaml } from '../yaml.js'
import { defaultSlots } from './slots.js'

/** What every assistant has before its project says otherwise, as YAML that goes through the same loader. */
export const defaultsFor = ({ compat, language, nlu }: Pick<Config, 'compat' | 'language' | 'nlu'>, additionalLanguages: readonly string[]): readonly ParsedYaml[] => [
  fixed('attune:patterns.yml', sharedPatterns),
  fixed(`attune:patterns-${compat}.yml`, profilePatterns[compat]),
  fixed('attune:responses.yml', defaultResponses),
  parseYaml('attune:slots.yml', defaultSlots([...new Set([language, ...additionalLanguages])], { hasForms: nlu !== undefined, hasRouter: nlu?.router != null })),
]

/** These texts never change, so each is parsed once for all projects a process loads. */
const fixed = (file: string, text: string): ParsedYaml => {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const fresh = parseYaml(file, text)
  parsed.set(file, fresh)
  return fresh
}
const parsed = new Map<string, ParsedYaml>()
