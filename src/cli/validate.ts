import { resolve } from 'node:path'
import { loadProject, type Loaded } from '../project/load.js'
import { inOrder, type Problem } from '../project/problem.js'
import { written } from '../project/written.js'
import { knowledgeOf } from '../respond/knowledge.js'
import { serverSection } from '../understand/server-section.js'
import { exit, type Command } from './command.js'

export const validate: Command<{ readonly project: string; readonly json: boolean; readonly strict: boolean }> = {
  name: 'validate',
  summary: 'Check flows, domain and data without starting anything',
  details: 'Shows every mistake of the project in one run, each with its place. Ends with 0 where there are only warnings, or none.',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    json: { help: 'write one JSON object instead of lines', default: false },
    strict: { help: 'let warnings fail as well', default: false },
  },
  run: async ({ project, json, strict }, io) => {
    const loaded = await loadProject(resolve(io.cwd, project), { env: io.env })
    const { sources } = loaded
    // Whether a key is set matters where the model is asked.
    const ofServer = serverSection(sources, io.env).problems.filter(({ code }) => code !== 'unset-variable')
    const others = [...knowledgeOf(sources).problems, ...ofServer]
    const problems = others.length === 0 ? loaded.problems : inOrder([...loaded.problems, ...others])
    const errors = count(problems, 'error')
    const warnings = count(problems, 'warning')
    const isOk = errors === 0 && (!strict || warnings === 0)
    if (json) io.out(`${JSON.stringify({ ok: isOk, errors, warnings, problems, version: loaded.project?.version ?? null })}\n`)
    else {
      for (const problem of problems) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
      io.err(`${summary(loaded, errors, warnings)}\n`)
    }
    return isOk ? exit.ok : exit.failed
  },
}

const count = (problems: readonly Problem[], severity: Problem['severity']): number =>
  problems.filter((problem) => problem.severity === severity).length

const summary = ({ project, sources }: Loaded, errors: number, warnings: number): string => {
  const files = [...sources.keys()].filter((file) => !file.startsWith('attune:')).length
  const found = errors + warnings === 0 ? 'No problems' : [some(errors, 'error'), some(warnings, 'warning')].filter((part) => part !== '').join(' and ')
  if (project === null) return `${found} in ${some(files, 'file')}.`
  const flows = [...project.flows.values()].filter(({ isPattern }) => !isPattern).length
  return `${found} in ${some(files, 'file')}: ${some(flows, 'flow') || 'no flows'}, ${some(project.slots.size, 'slot')}, ${some(project.responses.size, 'response')}, ${some(project.rules.length, 'rule') || 'no rules'}.`
}

const some = (number: number, what: string): string => (number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`)
