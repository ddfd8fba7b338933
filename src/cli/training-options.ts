import type { Problem } from '../project/problem.js'
import { nearest } from '../project/nearest.js'
import type { Project, SlotValue } from '../project/types.js'
import { defaultOptions, plainLora, type AdapterOptions, type TrainChoice } from '../train/options.js'

/** `learning_rate` in config.yml is `learningRate` in the code. */
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
/** Options of the trainer by their names in YAML. */
export const trainingOptionNames: ReadonlyMap<string, keyof TrainChoice> = new Map((Object.keys(defaultOptions) as (keyof TrainChoice)[]).map((name) => [snake(name), name]))

export const isLike = (value: SlotValue, standard: unknown): boolean => (Array.isArray(standard) ? Array.isArray(value) : typeof value === typeof standard)

/** The section `training:` of config.yml as options of the trainer. What is not understood is said, not skipped. */
export const trainingOptions = (project: Project): { readonly options: Partial<TrainChoice>; readonly problems: readonly Problem[] } => {
  const section = project.config.sections['training']
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return { options: {}, problems: [] }
  const problems: Problem[] = []
  const options: Record<string, SlotValue> = {}
  for (const [key, value] of Object.entries(section)) {
    const name = trainingOptionNames.get(key)
    if (key === 'adapter') Object.assign(options, adapterOptions(value))
    else if (name === undefined) {
      const close = nearest(key, trainingOptionNames.keys())
      problems.push({
        code: 'unknown-training-option', severity: 'warning', place: { file: 'config.yml', line: 1, column: 1 },
        message: `training has no option ${key}`, found: key, expected: [...trainingOptionNames.keys()].join(', '),
        ...(close === null ? {} : { suggestion: `Did you mean ${close}?` }),
      })
    } else if (!isLike(value, defaultOptions[name])) {
      problems.push({
        code: 'wrong-training-option', severity: 'error', place: { file: 'config.yml', line: 1, column: 1 },
        message: `training: ${key} has the wrong type`, found: JSON.stringify(value), expected: `something like ${JSON.stringify(defaultOptions[name])}`,
      })
    } else options[name] = value
  }
  return { options, problems }
}

/** What the loader has checked (project/read-adapter.ts): settings that LoRA always had stay options of their own. */
const adapterOptions = (section: SlotValue): Partial<TrainChoice> => {
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return {}
  const settings: Readonly<Record<string, SlotValue>> = Object.fromEntries(Object.entries(section))
  const { rank, alpha, targets, layers, ...rest } = settings
  const adapter: AdapterOptions = { ...plainLora, ...rest, ...(Array.isArray(layers) ? { onlyLayers: layers } : {}) }
  const beside = Object.fromEntries(Object.entries({ rank, alpha, targets, layers: Array.isArray(layers) ? undefined : layers }).filter(([, value]) => value !== undefined))
  return { ...beside, adapter }
}
