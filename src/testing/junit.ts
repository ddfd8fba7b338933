import type { CaseResult } from './run-tests.js'
import { failedText, failuresOf } from './transcript.js'

/** Results in the XML that build servers read: a suite for each file, a case for each conversation. */
export const junitXml = (results: readonly CaseResult[]): string => {
  const files = [...new Set(results.map(({ testCase }) => testCase.file))]
  const suites = files.map((file) => {
    const own = results.filter(({ testCase }) => testCase.file === file)
    return [`  <testsuite ${attributes({ name: file, ...countsOf(own) })}>`, ...own.map(caseXml), '  </testsuite>'].join('\n')
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name: 'attune', ...countsOf(results) })}>`,
    ...suites, '</testsuites>', '',
  ].join('\n')
}

const countsOf = (results: readonly CaseResult[]): Readonly<Record<string, string>> => ({
  tests: String(results.length),
  failures: String(results.filter(({ outcome }) => outcome === 'failed').length),
  errors: String(results.filter(({ outcome }) => outcome === 'broken').length),
  time: seconds(results.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
})

const caseXml = (result: CaseResult): string => {
  const { testCase, outcome, fault, milliseconds } = result
  const head = attributes({ name: testCase.name, classname: testCase.file, file: testCase.file, line: String(testCase.place.line), time: seconds(milliseconds) })
  if (outcome === 'passed') return `    <testcase ${head}/>`
  const tag = outcome === 'failed' ? 'failure' : 'error'
  const message = fault ?? failuresOf(result)[0]?.expected ?? ''
  return `    <testcase ${head}>\n      <${tag} ${attributes({ message })}>${escaped(failedText(result))}</${tag}>\n    </testcase>`
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3)
const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values).map(([name, value]) => `${name}="${escaped(value)}"`).join(' ')

/** XML 1.0 has no way to write most control characters, so they are left out. */
const escaped = (text: string): string =>
  text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
