import { nearest } from '../project/nearest.js'
import { mistake, type Problem } from '../project/problem.js'
import type { SlotValue } from '../project/types.js'
import { entriesOf, get, valueOf } from '../project/yaml-node.js'
import { parseYaml } from '../project/yaml.js'
import { defaultOptions, type TrainChoice } from '../train/options.js'
import type { Sweep } from '../train/sweep.js'
import { isLike, trainingOptionNames } from './training-options.js'

/** Reads `sweep:` of a YAML file: options as in `training:`, each with a list of values, and `choose` for a part of the combinations. */
export const readSweep = (file: string, text: string): { readonly sweep: Sweep; readonly problems: readonly Problem[] } => {
  const { root, problems: found } = parseYaml(file, text)
  const problems = [...found]
  const section = get(root, 'sweep')
  const axes = new Map<keyof TrainChoice, readonly unknown[]>()
  const numbers = new Map<string, number>()
  const names = [...trainingOptionNames.keys()].filter((name) => name !== 'seed')
  for (const { key, value } of entriesOf(section)) {
    const given = valueOf(value)
    const name = trainingOptionNames.get(key.name)
    if (key.name === 'choose' || key.name === 'choose_seed') {
      if (typeof given === 'number' && Number.isInteger(given) && given >= (key.name === 'choose' ? 1 : 0)) numbers.set(key.name, given)
      else problems.push(mistake(value, 'wrong-sweep', `${key.name} is no whole number`, { found: JSON.stringify(given), expected: key.name === 'choose' ? 'how many combinations are tried, from 1 on' : 'a whole number from 0 on' }))
    } else if (key.name === 'seed') {
      problems.push(mistake(key, 'wrong-sweep', 'The seed also decides which examples are dev, so runs of different seeds do not compare.', { found: 'seed', expected: names.join(', ') }))
    } else if (name === undefined) {
      const close = nearest(key.name, names)
      problems.push(mistake(key, 'unknown-training-option', `training has no option ${key.name}`, { found: key.name, expected: names.join(', '), suggestion: close === null ? null : `Did you mean ${close}?` }))
    } else if (!Array.isArray(given) || given.length === 0 || !given.every((one: SlotValue) => isLike(one, defaultOptions[name]))) {
      problems.push(mistake(value, 'wrong-training-option', `sweep: ${key.name} is no list of values`, { found: JSON.stringify(given), expected: `a list such as [${JSON.stringify(defaultOptions[name])}]` }))
    } else axes.set(name, [...new Set(given)])
  }
  if (axes.size === 0 && problems.length === 0) {
    problems.push(mistake(section ?? root, 'wrong-sweep', 'There is nothing to try.', { found: section === null ? 'no sweep:' : 'no option', expected: 'such as sweep: {rank: [8, 16], learning_rate: [0.001, 0.0005]}' }))
  }
  return { sweep: { axes, choose: numbers.get('choose') ?? null, chooseSeed: numbers.get('choose_seed') ?? 1 }, problems }
}
