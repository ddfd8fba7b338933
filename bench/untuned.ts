import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { untunedModel } from '../src/cli/models.js'
import type { LabelledText } from '../src/dataset/labelled.js'
import { randomOf } from '../src/dataset/random.js'
import { emptyTracker } from '../src/dialogue/tracker.js'
import { loadProject } from '../src/project/load.js'

/** Answers a part only: it takes a fifth of a second for each message. */
const mostAsked = 150

/** How often the untuned base model, which may say nothing but a command, starts the flow of a message's label. */
export const untunedRight = async (labels: readonly string[], rows: readonly LabelledText[], signal: AbortSignal): Promise<{ readonly share: number; readonly of: number }> => {
  const root = await mkdtemp(join(tmpdir(), 'attune-bench-'))
  try {
    const idOf = (label: string): string => label.toLowerCase().replace(/[^a-z0-9]+/g, '_')
    await mkdir(join(root, 'flows'))
    await writeFile(join(root, 'flows', 'labels.yml'), JSON.stringify({ flows: Object.fromEntries(labels.map((label) => [idOf(label), { description: label.replace(/_/g, ' '), steps: [{ noop: true, next: 'END' }] }])) }))
    const { project, problems } = await loadProject(root)
    if (project === null) throw new Error(`the generated project does not load: ${JSON.stringify(problems[0])}`)
    const model = await (await untunedModel(project, () => undefined)).open()
    const asked = randomOf('bench').shuffled(rows).slice(0, mostAsked)
    let right = 0
    for (const { text, label } of asked) {
      const { commands: [first] } = await model.understand(project, emptyTracker(project), text, signal)
      if (first?.command === 'start flow' && first.flow === idOf(label)) right += 1
    }
    await model.dispose()
    return { share: right / asked.length, of: asked.length }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
