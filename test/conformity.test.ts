import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const path = join(import.meta.dirname, '..', 'docs', 'conformity.md')
const document = readFileSync(path, 'utf8')
const marked = /(?<=<!-- figures -->\n).*(?=\n?<!-- \/figures -->)/s
const statuses = ['works', 'partly', 'no', 'outside'] as const
type Status = (typeof statuses)[number]
type Row = { readonly section: string; readonly line: number; readonly row: string; readonly tests: readonly string[]; readonly status: string }

const rows: readonly Row[] = document.split('\n').flatMap((text, index, lines) => {
  const section = lines.slice(0, index).findLast((line) => line.startsWith('## '))?.slice(3)
  if (section === undefined || !text.startsWith('| ') || text.startsWith('| row ')) return []
  const [row = '', tests = '', status = ''] = text.slice(2, -2).split(/(?<!\\) ?\| /)
  return [{ section, line: index + 1, row, tests: tests === '-' ? [] : tests.split('; '), status }]
})
const statusOf = ({ status }: Row): Status | undefined => statuses.find((known) => new RegExp(`^${known}\\b`).test(status))

/** The figures at the top, as they have to be. */
const figures = (): string => {
  const sections = [...new Set(rows.map(({ section }) => section))]
  const count = (of: readonly Row[], status: Status): number => of.filter((row) => statusOf(row) === status).length
  const line = (name: string, of: readonly Row[]): string => `| ${name} | ${of.length} | ${statuses.map((status) => count(of, status)).join(' | ')} |`
  const meant = rows.length - count(rows, 'outside')
  const share = (part: number, whole: number): string => `${(Math.floor(part / whole * 1_000) / 10).toFixed(1)} %`
  return [
    `Of ${rows.length} rows ${count(rows, 'works')} work (${share(count(rows, 'works'), rows.length)}); of the ${meant} that are not left out on purpose, ${share(count(rows, 'works'), meant)}.`,
    '',
    '| section | rows | works | partly | no | outside |', '|---|--:|--:|--:|--:|--:|',
    ...sections.map((section) => line(section, rows.filter((row) => row.section === section))), line('all', rows),
  ].join('\n')
}

if (process.env['WRITE_FIGURES'] !== undefined) writeFileSync(path, document.replace(marked, `${figures()}\n`))

describe('docs/conformity.md', () => {
  it.each(rows.map((row) => [`${row.section}, line ${row.line}: ${row.row}`, row] as const))('%s', (_, row) => {
    const status = statusOf(row)
    expect(status, `a row begins with one of ${statuses.join(', ')}`).toBeDefined()
    if (status !== 'works') expect(row.status, 'what does not work has its reason').toMatch(/: \S/)
    if (status === 'works' || status === 'partly') expect(row.tests, 'what works has a test').not.toEqual([])
    for (const test of row.tests) {
      const [file = '', words = ''] = test.split(/: (.*)/s)
      const tested = join(import.meta.dirname, `${file}.test.ts`)
      const source = existsSync(tested) ? readFileSync(tested, 'utf8') : null
      expect(source, `there is no test/${file}.test.ts`).not.toBeNull()
      expect(words, 'a test is named by words of its title').not.toBe('')
      expect(source).toContain(words)
    }
  })

  it('has the figures of its tables at the top', () => {
    expect(marked.exec(document)?.[0].trimEnd()).toBe(figures())
  })
})
