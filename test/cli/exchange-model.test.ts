import { describe, expect, it } from 'vitest'
import type { Io } from '../../src/cli/command.js'
import { exchangesOf } from '../../src/cli/exchange-model.js'
import { ExchangeableModel } from '../../src/understand/exchangeable.js'
import type { Project } from '../../src/project/types.js'
import { bankProject } from '../assistant/bank.js'

const io: Io = { out: () => undefined, err: () => undefined, isTty: false, colour: false, cwd: '/', env: {}, signal: new AbortController().signal }
const root = import.meta.dirname
const nlu = { hasGenerator: false } as NonNullable<Project['config']['nlu']>

describe('the model of a server', () => {
  it.each<readonly [string, Project, string]>([
    ['where there is no language model', { ...bankProject, root, config: { ...bankProject.config, nlu } }, 'no language model'],
    ['where config.yml names one in a wrong way', { ...bankProject, root }, 'config.yml'],
  ])('is not exchanged %s', async (_, project, words) => {
    const model = new ExchangeableModel(() => undefined)
    const exchanges = exchangesOf(model, async () => null, { project, sources: new Map() }, io)
    await expect(exchanges.load('golden')).rejects.toMatchObject({ name: 'ModelRefused', message: expect.stringContaining(words) as string })
    expect(exchanges.loaded).toBeNull()
  })
})
