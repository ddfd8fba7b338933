import { readProject, type Loaded } from '../../src/project/load.js'
import type { Problem } from '../../src/project/problem.js'
import type { Project } from '../../src/project/types.js'

/** A project out of texts: the same path as from disk, without the disk. */
export const load = (files: Readonly<Record<string, string>>): Loaded => readProject('/memory', new Map(Object.entries(files)))

export const loaded = (files: Readonly<Record<string, string>>): Project => {
  const { project, problems } = load(files)
  if (project === null) throw new Error(`the project does not load: ${problems.map(short).join('\n')}`)
  return project
}

/** `file:line:column code`, which is what a check promises. */
export const short = ({ place, code }: Problem): string => (place === null ? code : `${place.file}:${place.line}:${place.column} ${code}`)
export const shorts = (files: Readonly<Record<string, string>>): readonly string[] => load(files).problems.map(short)

/** Cuts the marks out of a text with `»guilty«` places, and says where they were. */
export const marked = (text: string): { readonly text: string; readonly places: readonly string[] } => {
  const places: string[] = []
  const lines = text.split('\n').map((line, at) => {
    let plain = line
    for (let mark = plain.indexOf('»'); mark >= 0; mark = plain.indexOf('»')) {
      places.push(`${at + 1}:${mark + 1}`)
      plain = plain.slice(0, mark) + plain.slice(mark + 1)
    }
    return plain
  })
  return { text: lines.join('\n'), places }
}
