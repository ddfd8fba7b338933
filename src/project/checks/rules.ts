import type { Draft, DraftRule } from '../draft.js'
import { baseIntent } from '../nlu.js'
import { normalise } from '../normalise.js'
import { occursIn } from '../pattern.js'
import { caution, mistake, type Report } from '../problem.js'
import type { ExampleGroup } from '../types.js'
import { get, placeOf } from '../yaml-node.js'

/** Rules beat the model, so they must not contradict each other, nor silently take examples away from it. */
export const checkRules = (draft: Draft, report: Report): void => {
  checkTexts(draft, report)
  checkDoubles(draft, report)
  checkPatterns(draft, report)
  checkExamples(draft, report)
  checkIntents(draft, report)
}

const checkTexts = ({ intentTexts }: Draft, report: Report): void => {
  const seen = new Map<string, Draft['intentTexts'][number]>()
  for (const line of intentTexts) {
    const first = seen.get(line.text)
    if (first === undefined) seen.set(line.text, line)
    else if (first.intent !== line.intent) {
      report(mistake(line.span, 'rule-conflict', `The same words stand for the intents "${first.intent}" and "${line.intent}".`, { found: `first in ${placeOf(first.span).file}:${placeOf(first.span).line}`, suggestion: 'keep them in one intent' }))
    } else report(caution(line.span, 'duplicate-example', 'This example stands twice in its intent.', { found: `first in line ${placeOf(first.span).line}` }))
  }
}

const checkDoubles = ({ rules }: Draft, report: Report): void => {
  const names = new Map<string, DraftRule>()
  const intents = new Map<string, DraftRule>()
  for (const rule of rules) {
    const sameName = names.get(rule.name)
    if (sameName !== undefined) report(mistake(get(rule.node, 'rule'), 'duplicate-rule', `Two rules are called "${rule.name}".`, { found: `the first stands in ${sameName.place.file}:${sameName.place.line}` }))
    const sameIntent = intents.get(rule.intent)
    if (sameIntent !== undefined) {
      report(mistake(get(rule.node, 'steps'), 'rule-conflict', `The rule "${sameIntent.name}" already answers the intent "${rule.intent}", so this one never applies.`, { found: `the first stands in ${sameIntent.place.file}:${sameIntent.place.line}`, suggestion: 'make one rule of them' }))
    }
    names.set(rule.name, sameName ?? rule)
    intents.set(rule.intent, sameIntent ?? rule)
  }
}

/** A pattern of one rule that matches a text of another one. Texts go first when a message arrives, so the pattern only seems to cover it. */
const checkPatterns = ({ rules, intentTexts }: Draft, report: Report): void => {
  for (const rule of rules) {
    for (const source of rule.patterns) {
      const other = intentTexts.find(({ intent, text }) => intent !== rule.intent && occursIn({ source, flags: '' }, text))
      if (other === undefined) continue
      report(caution(get(rule.node, 'matches'), 'rule-overlap', `A pattern of the rule "${rule.name}" also matches an example of the intent "${other.intent}", which goes first.`, { found: `the example in ${placeOf(other.span).file}:${placeOf(other.span).line}`, suggestion: 'make the pattern narrower' }))
    }
    if (rule.texts.length === 0 && rule.patterns.length === 0) {
      report(caution(get(rule.node, 'steps'), 'rule-without-texts', `No words lead to the rule "${rule.name}", only a button with /${rule.intent}.`, { suggestion: `examples for the intent "${rule.intent}" under "nlu:", or "matches:"` }))
    }
  }
}

/** Example sentences that a rule would answer before the model sees them. */
const checkExamples = ({ rules, examples }: Draft, report: Report): void => {
  const byText = new Map(rules.flatMap((rule) => rule.texts.map((text) => [text, rule] as const)))
  const patterns = rules.flatMap((rule) => rule.patterns.map((source) => ({ rule, pattern: { source, flags: '' } })))
  // A match costs microseconds; thousands of rules over thousands of examples would cost minutes, so only the first are looked at.
  let matches = 300_000
  for (const { means, utterances } of examples) {
    for (const { text, place } of utterances) {
      const said = normalise(text)
      matches -= patterns.length
      const rule = byText.get(said) ?? (matches < 0 ? [] : patterns).find(({ pattern }) => occursIn(pattern, said))?.rule
      if (rule === undefined || agrees(rule, means)) continue
      report({
        code: 'rule-hides-example', severity: 'warning', place, length: text.length,
        message: `The rule "${rule.name}" answers these words, so the model never gets to read them as meant here.`,
        found: `the rule in ${rule.place.file}:${rule.place.line}`, suggestion: 'remove the words from one of the two',
      })
    }
  }
}
const agrees = ({ then }: DraftRule, means: ExampleGroup['means']): boolean => then.kind === 'flow' && means.kind === 'flow' && then.flow === means.flow

/** Intents that nothing listens to. */
const checkIntents = ({ intentTexts, rules, flows, slots, nlu, config, declared, mayBeNamed }: Draft, report: Report): void => {
  const triggers = [...flows.values()].flatMap(({ nluTriggers }) => nluTriggers.map(({ intent }) => intent))
  const told = nlu.stories.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'intent' ? [step.intent] : [])))
  // A router sends intents on, and mappings fill slots from them; without a classifier neither hears any.
  const mapped = config.nlu === undefined ? [] : [...slots.values()].flatMap(({ mappings }) => mappings.flatMap(({ intent }) => [intent].flat().filter((name) => typeof name === 'string')))
  const routed = config.nlu?.router?.kind === 'intents' ? [...config.nlu.router.calm, ...config.nlu.router.nlu, ...config.nlu.router.nluOnce] : []
  const heard = new Set([...rules.map(({ intent }) => intent), ...triggers, ...told, ...mapped, ...routed])
  for (const intent of new Set(intentTexts.map((line) => line.intent))) {
    if (!heard.has(intent) && !heard.has(baseIntent(intent)) && !mayBeNamed(intent)) report(caution(declared.intents.get(intent) ?? null, 'unused-intent', `No rule and no flow listens to the intent "${intent}".`, { suggestion: 'write a rule for it, or make the lines examples of a flow' }))
  }
}
