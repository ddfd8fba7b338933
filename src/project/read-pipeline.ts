import type { NluConfig, Router } from './nlu.js'
import { mistake, type Report } from './problem.js'
import { flagAt, get, itemsOf, numberAt, textAt, textOf, type YamlNode } from './yaml-node.js'

const generators = ['CompactLLMCommandGenerator', 'SearchReadyLLMCommandGenerator', 'SingleStepLLMCommandGenerator', 'MultiStepLLMCommandGenerator', 'LLMCommandGenerator']
const routers = ['IntentBasedRouter', 'LLMBasedRouter']
const storyPolicies = ['MemoizationPolicy', 'AugmentedMemoizationPolicy', 'TEDPolicy']

/** The last part of a component's name, which may be written as a module path. */
export const componentName = (item: YamlNode): string => textAt(item, 'name')?.split('.').at(-1) ?? ''

/** The NLU side of config.yml; null where neither NLUCommandAdapter nor a router stands in the pipeline. */
export const readPipeline = (root: YamlNode | null, report: Report): NluConfig | null => {
  const items = itemsOf(get(root, 'pipeline'))
  const names = items.map(componentName)
  const [router, second] = items.filter((item) => routers.includes(componentName(item)))
  const adapter = names.indexOf('NLUCommandAdapter')
  if (adapter === -1 && router === undefined) return null
  if (second !== undefined) report(mistake(get(second, 'name'), 'two-routers', 'Only one router can stand in the pipeline.', { found: componentName(second), suggestion: 'remove one of the two' }))
  const generator = names.findIndex((name) => generators.includes(name))
  const fallback = items.find((item) => componentName(item) === 'FallbackClassifier')
  const policies = itemsOf(get(root, 'policies')).map(componentName)
  const isListed = (known: readonly string[]): boolean => policies.length === 0 || policies.some((name) => known.includes(name))
  return {
    adapter: adapter === -1 ? null : generator !== -1 && generator < adapter ? 'after' : 'before',
    hasGenerator: generator !== -1,
    sparesModel: flagAt(items[generator] ?? null, 'minimize_num_calls', true),
    router: router === undefined ? null : readRouter(router, { at: items.indexOf(router), generator, adapter }, report),
    fallback: fallback === undefined ? null : { threshold: numberAt(fallback, 'threshold') ?? 0.3, ambiguity: numberAt(fallback, 'ambiguity_threshold') ?? 0.1 },
    policies: { rules: isListed(['RulePolicy']), stories: isListed(storyPolicies) },
  }
}

type Order = { readonly at: number; readonly generator: number; readonly adapter: number }

const readRouter = (node: YamlNode, { at, generator, adapter }: Order, report: Report): Router => {
  const isByIntent = componentName(node) === 'IntentBasedRouter'
  const sticky = get(get(node, 'calm_entry'), 'sticky')
  if (sticky === null) report(mistake(get(node, 'name'), 'missing-key', 'A router must know what goes to the flows.', { expected: isByIntent ? 'calm_entry: {sticky: [intent, ...]}' : 'calm_entry: {sticky: "what the flows are for"}' }))
  if ([generator, adapter].some((other) => other !== -1 && other < at)) {
    report(mistake(get(node, 'name'), 'wrong-order', 'A router stands before the components that it decides about.', { found: 'a command generator or NLUCommandAdapter before it', suggestion: 'move it up' }))
  }
  const entries = { calm: sticky, nlu: get(get(node, 'nlu_entry'), 'sticky'), nluOnce: get(get(node, 'nlu_entry'), 'non_sticky') }
  for (const entry of Object.values(entries)) {
    if (entry !== null && (isByIntent ? entry.kind !== 'list' : textOf(entry) === null)) {
      report(mistake(entry, 'wrong-type', `This entry of ${componentName(node)} has the wrong type.`, { expected: isByIntent ? 'a list of intents' : 'a text' }))
    }
  }
  const intentsOf = (entry: YamlNode | null): readonly string[] => itemsOf(entry).flatMap((item) => textOf(item) ?? [])
  if (isByIntent) return { kind: 'intents', calm: intentsOf(entries.calm), nlu: intentsOf(entries.nlu), nluOnce: intentsOf(entries.nluOnce) }
  return { kind: 'descriptions', calm: textOf(entries.calm) ?? '', nlu: textOf(entries.nlu) ?? '', nluOnce: textOf(entries.nluOnce) ?? '' }
}
