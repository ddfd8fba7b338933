import type { Config } from '../types.js'
import { profilePatterns, sharedPatterns } from './patterns.js'
import { defaultResponses } from './responses.js'
import { defaultSlots } from './slots.js'

export type DefaultFile = { readonly file: string; readonly text: string }

/** What every assistant has before its project says otherwise, as YAML that goes through the same loader. */
export const defaultsFor = ({ compat, language }: Pick<Config, 'compat' | 'language'>, additionalLanguages: readonly string[]): readonly DefaultFile[] => [
  { file: 'attune:patterns.yml', text: sharedPatterns },
  { file: `attune:patterns-${compat}.yml`, text: profilePatterns[compat] },
  { file: 'attune:responses.yml', text: defaultResponses },
  { file: 'attune:slots.yml', text: defaultSlots([...new Set([language, ...additionalLanguages])]) },
]
