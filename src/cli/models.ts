import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { ensureModel } from '../fetch/ensure-model.js'
import { ensureTensorFlow, type TensorFlowFiles } from '../fetch/ensure-tensorflow.js'
import { PlatformUnsupported } from '../fetch/errors.js'
import type { Report } from '../fetch/progress.js'
import { replaceFile } from '../fetch/replace-file.js'
import type { Project } from '../project/types.js'
import { readCertainty } from '../understand/certainty.js'
import { findHead, headFile } from './encoder-head.js'
import type { PromptModel } from '../understand/command-model.js'
import { openLlamaCpp, type GivenLlamaCppOptions } from '../understand/llama-cpp.js'
import { openTensorPromptModel } from '../understand/tensor-model.js'
import { understanderOf } from '../understand/understand.js'
import type { Understander } from '../understand/understanding.js'

/** A model of a project on disk: an adapter over a base model. */
export type Model = {
  /** Name of base model and adapter together; every answer carries it. */
  readonly version: string
  readonly folder: string
  /** What to tell people where it lies. */
  readonly file: string
  readonly open: () => Promise<Understander>
  /** The same model without the dialogue around it, for measuring. */
  readonly openModel: () => Promise<PromptModel>
}

/** There is no trained model where one is needed. */
export class NoTrainedModel extends Error {
  override readonly name = 'NoTrainedModel'
  constructor(readonly folder: string, reason: string) {
    super(`${reason} Run attune train first, or name a trained model with --model.`)
  }
}

export const modelsFolder = (project: Pick<Project, 'root'>): string => join(project.root, '.attune', 'models')
const currentFile = (project: Pick<Project, 'root'>): string => join(modelsFolder(project), 'current')

/** The name of the model that serves the project, or null where none was trained yet. */
export const currentModel = async (project: Pick<Project, 'root'>): Promise<string | null> => {
  try {
    return (await readFile(currentFile(project), 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Makes a trained model the one that serves. The change is whole or not there. */
export const setCurrentModel = (project: Pick<Project, 'root'>, id: string): Promise<void> => 
  replaceFile(currentFile(project), (handle) => handle.writeFile(`${id}\n`))

/** Which base model the project is tuned on: `model: {base: ...}` in config.yml. */
export const baseModelOf = (project: Project): string => {
  const section = project.config.sections['model']
  const base = typeof section === 'object' && section !== null && 'base' in section ? section.base : null
  return typeof base === 'string' ? base : 'smollm2-135m-instruct'
}

/** What the probabilities of a trained model are worth. */
export const certaintyFile = (folder: string): string => join(folder, 'certainty.json')

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}

const modelOf = (folder: string, file: string, files: GivenLlamaCppOptions): Model => {
  const openModel = (): Promise<PromptModel> => openLlamaCpp(files)
  return { version: files.version, folder, file, openModel, open: async () => understanderOf(await openModel()) }
}

/** What is trained beside the adapter is part of the name: with another head the same prompt may be understood otherwise. */
const versionOf = async (folder: string, adapter: string): Promise<string> => {
  const hash = createHash('sha256')
  for (const file of [headFile(folder), certaintyFile(folder)]) if (await exists(file)) hash.update(await readFile(file))
  return `${adapter}-${hash.digest('hex').slice(0, 6)}`
}

/** The trained model in `given`, or the project's current one. Throws NoTrainedModel, and what fetching the base model throws. */
export const findModel = async (project: Project, given: string, report: Report): Promise<Model> => {
  const id = given === '' ? await currentModel(project) : null
  if (given === '' && id === null) throw new NoTrainedModel(modelsFolder(project), 'This project has no trained model yet.')
  const folder = given === '' ? join(modelsFolder(project), id ?? '') : resolve(given)
  const form = await formOf(folder)
  const version = await versionOf(folder, id ?? basename(folder))
  const beside = { version, head: await findHead(folder, report), certainty: await readCertainty(certaintyFile(folder)) }
  if (form.kind === 'merged') return modelOf(folder, form.file, { ...beside, modelPath: form.file, adapterPath: null })
  const { path: modelPath } = await ensureModel(baseModelOf(project), { report })
  if (form.kind === 'adapter') return modelOf(folder, form.file, { ...beside, modelPath, adapterPath: form.file })
  const openModel = async (): Promise<PromptModel> =>
    openTensorPromptModel({ ...beside, modelPath, adapterFolder: join(folder, 'adapter'), tensorFlow: await tensorFlowOrNone(report), precision: 'float32' })
  return { version, folder, file: form.file, openModel, open: async () => understanderOf(await openModel()) }
}

/** How a trained model is served: an adapter by llama.cpp over the base model, a merged model by llama.cpp alone, a bottleneck by attune itself. */
export type ModelForm = { readonly kind: 'adapter' | 'merged' | 'bottleneck'; readonly file: string }
const forms: readonly (readonly [ModelForm['kind'], string])[] = [
  ['adapter', 'adapter.gguf'], ['merged', 'model.gguf'], ['bottleneck', join('adapter', 'adapter.safetensors')],
]

/** Throws NoTrainedModel where a folder holds none. */
export const formOf = async (folder: string): Promise<ModelForm> => {
  for (const [kind, name] of forms) if (await exists(join(folder, name))) return { kind, file: join(folder, name) }
  throw new NoTrainedModel(folder, `${folder} holds no ${forms.map(([, name]) => name).join(', ')}.`)
}

/** Null where there is no TensorFlow library for this machine. */
export const tensorFlowOrNone = (report: Report): Promise<TensorFlowFiles | null> =>
  ensureTensorFlow({ report }).catch((error: unknown) => {
    if (error instanceof PlatformUnsupported) return null
    throw error
  })

/** The base model without any tuning, for comparison. */
export const untunedModel = async (project: Project, report: Report): Promise<Model> => {
  const { path, sha256 } = await ensureModel(baseModelOf(project), { report })
  const version = `untuned-${sha256.slice(0, 12)}`
  return modelOf('', path, { modelPath: path, adapterPath: null, version })
}
