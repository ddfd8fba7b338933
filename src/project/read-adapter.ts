import { listed, nearest } from './nearest.js'
import { mistake, type Report } from './problem.js'
import { entriesOf, get, keyAt, textOf, type MapNode } from './yaml-node.js'

/** What can be tuned beside or inside the base model. */
export const adapterKinds = ['lora', 'dora', 'qlora', 'houlsby', 'pfeiffer'] as const
export type AdapterKind = (typeof adapterKinds)[number]

const lowRank = ['kind', 'rank', 'alpha', 'rslora', 'dropout', 'targets', 'layers']
const bottleneck = ['kind', 'reduction', 'dropout', 'layers']
/** The settings that a kind has. */
const settings: { readonly [K in AdapterKind]: readonly string[] } = {
  lora: lowRank, dora: lowRank, qlora: lowRank, houlsby: bottleneck, pfeiffer: bottleneck,
}
/** Settings that may stand beside `adapter:` too, where they stood before there were kinds. */
const outside = ['rank', 'alpha', 'targets', 'layers']

/** Blames what `training: {adapter: ...}` cannot mean: settings that its kind does not have, and settings that are given twice. */
export const checkAdapter = (config: MapNode | null, report: Report): void => {
  const training = get(config, 'training')
  const adapter = get(training, 'adapter')
  if (adapter?.kind !== 'map') return
  const kind = adapterKinds.find((one) => one === (textOf(get(adapter, 'kind')) ?? 'lora')) ?? 'lora'
  for (const { key } of entriesOf(adapter)) {
    if (settings[kind].includes(key.name)) continue
    report(mistake(key, 'not-of-this-adapter', `An adapter of the kind ${kind} has no "${key.name}".`, {
      found: key.name, expected: `one of ${listed(settings[kind], 20)}`, suggestion: nearest(key.name, settings[kind]),
    }))
  }
  for (const name of outside) {
    if (training?.kind !== 'map' || get(training, name) === null) continue
    const isForeign = !settings[kind].includes(name)
    if (!isForeign && get(adapter, name) === null) continue
    report(mistake(keyAt(training, name), 'not-of-this-adapter', isForeign ? `An adapter of the kind ${kind} has no "${name}".` : `"${name}" is given here and in adapter.`, {
      found: name, expected: isForeign ? `one of ${listed(settings[kind], 20)}, in adapter` : 'it once', suggestion: 'Leave this one out.',
    }))
  }
}
