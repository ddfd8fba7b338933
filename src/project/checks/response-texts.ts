import { isBuiltIn, type Draft } from '../draft.js'
import { nearest } from '../nearest.js'
import { caution, type Report } from '../problem.js'

/** Variables in texts, and translations into the languages the assistant speaks. */
export const checkResponseTexts = (draft: Draft, report: Report): void => {
  checkVariables(draft, report)
  checkTranslations(draft, report)
}

const checkVariables = ({ references, declared, actionWords }: Draft, report: Report): void => {
  for (const { use, name, span, by } of references) {
    if (use !== 'text' || declared.slots.has(name) || actionWords.has(name)) continue
    report(caution(span, 'unknown-variable', `No slot is called "${name}", and no action here hands it over; "${by ?? ''}" would say it with its braces.`, { found: name, suggestion: nearest(name, declared.slots.keys()) }))
  }
}

const checkTranslations = ({ responses, flows, languages, declared, config }: Draft, report: Report): void => {
  const wanted = new Set(languages)
  const check = (what: string, name: string, translation: Readonly<Record<string, unknown>>): void => {
    const span = (what === 'flow' ? declared.flows : declared.responses).get(name) ?? null
    if (span !== null && isBuiltIn(span)) return
    for (const language of Object.keys(translation)) {
      if (!wanted.has(language)) report(caution(span, 'unknown-language', `The ${what} "${name}" is translated into "${language}", which the assistant does not speak.`, { expected: wanted.size === 0 ? 'additional_languages in config.yml' : `one of ${[...wanted].join(', ')}`, suggestion: nearest(language, wanted) }))
    }
    const absent = [...wanted].filter((language) => language !== config.language && translation[language] === undefined)
    if (absent.length > 0) report(caution(span, 'missing-translation', `The ${what} "${name}" is not translated into ${absent.join(', ')}.`))
  }
  for (const [name, variations] of responses) {
    for (const { text, translation } of variations) if (text !== null && (wanted.size > 0 || Object.keys(translation).length > 0)) check('response', name, translation)
  }
  for (const flow of flows.values()) if (!flow.isPattern && (wanted.size > 0 || Object.keys(flow.translation).length > 0)) check('flow', flow.id, flow.translation)
}
