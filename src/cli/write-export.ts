import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isMissing } from '../fetch/cache.js'
import { ensureModel, type ModelFile } from '../fetch/ensure-model.js'
import type { Report } from '../fetch/progress.js'
import { replaceFile } from '../fetch/replace-file.js'
import { readPeft } from '../model/adapters/peft.js'
import { BadModelFile } from '../model/errors.js'
import { writeModelGguf } from '../model/export/full-gguf.js'
import { withAdapter } from '../model/export/merged.js'
import { pinsOf, type Pins } from '../model/export/pins.js'
import { readGguf } from '../model/gguf.js'
import type { WritableType } from '../model/gguf-writer.js'
import { isJsonObject, readJsonObject } from '../model/json-file.js'
import { openModel } from '../model/open-model.js'
import type { Project } from '../project/types.js'
import { fileHash } from '../train/run-record.js'
import { baseModelOf, formOf, type ModelForm } from './models.js'

export const mergedTypes = ['Q8_0', 'F16', 'BF16', 'F32'] as const satisfies readonly WritableType[]
export type MergedType = (typeof mergedTypes)[number]

/** export.json: what an export was made of. Written last, so a folder that has it is whole. */
export type ExportRecord = {
  readonly model: string
  readonly form: ModelForm['kind']
  readonly base: { readonly name: string; readonly sha256: string }
  /** Of the GGUF file that is served: the base model, or the merged one. */
  readonly pins: Pins
  /** SHA-256 of the files beside this one, by name. */
  readonly files: Readonly<Record<string, string>>
}

/** A bottleneck is a network of its own: no weight of the base model can hold it. */
export class CannotMerge extends Error {
  override readonly name = 'CannotMerge'
  constructor(readonly folder: string) {
    super(`${folder} holds a bottleneck adapter, which cannot be merged into the base model, nor run by llama.cpp or vLLM. Export it without --merged; attune serves it itself.`)
  }
}

const recordFile = 'export.json'

/** Copies or merges a trained model into a folder of its own. `merged` is null for what the kind of adapter is served as. */
export const writeExport = async (project: Project, folder: string, out: string, merged: MergedType | null, report: Report): Promise<ExportRecord> => {
  const form = await formOf(folder)
  if (form.kind === 'bottleneck' && merged !== null) throw new CannotMerge(folder)
  const base = await ensureModel(baseModelOf(project), { report })
  await mkdir(join(out, 'adapter'), { recursive: true })
  await rm(join(out, recordFile), { force: true }) // from here on the folder is not whole
  const inAdapter = (await readdir(join(folder, 'adapter'))).map((name) => join('adapter', name))
  const isMerged = merged !== null || form.kind === 'merged'
  const copied = [...inAdapter, 'README.md', ...(form.kind === 'adapter' && merged === null ? ['adapter.gguf'] : [])]
  const files = (await Promise.all(copied.map((name) => copiedFile(folder, out, name)))).flat()
  if (isMerged) {
    await mergeInto(join(out, 'model.gguf'), base, join(folder, 'adapter'), merged ?? 'Q8_0', basename(folder))
    files.push('model.gguf')
  }
  const record: ExportRecord = {
    model: basename(folder), form: isMerged ? 'merged' : form.kind, base: { name: baseModelOf(project), sha256: base.sha256 },
    pins: await pinsIn(isMerged ? join(out, 'model.gguf') : base.path),
    files: Object.fromEntries(await Promise.all(files.sort().map(async (name) => [name, await fileHash(join(out, name))] as const))),
  }
  await replaceFile(join(out, recordFile), (handle) => handle.writeFile(`${JSON.stringify(record, null, 2)}\n`))
  return record
}

/** The name again, or nothing where the model has no such file. */
const copiedFile = async (from: string, to: string, name: string): Promise<readonly string[]> => {
  try {
    await copyFile(join(from, name), join(to, name))
    return [name]
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

const mergeInto = async (path: string, { path: basePath }: ModelFile, adapterFolder: string, type: MergedType, name: string): Promise<void> => {
  const base = await openModel(basePath)
  try {
    await writeModelGguf(path, base, withAdapter(base.weights, await readPeft(adapterFolder)), type, name)
  } finally {
    await base.close()
  }
}

const pinsIn = async (path: string): Promise<Pins> => {
  const gguf = await readGguf(path)
  try {
    return pinsOf(gguf)
  } finally {
    await gguf.close()
  }
}

/** The record of a whole export in a folder, or null where there is none. Throws BadModelFile where it is damaged. */
export const readExport = async (out: string): Promise<ExportRecord | null> => {
  try {
    const record = await readJsonObject(join(out, recordFile))
    if (isJsonObject(record['pins']) && isJsonObject(record['files']) && isJsonObject(record['base'])) return record as unknown as ExportRecord
    throw new BadModelFile({ file: join(out, recordFile), found: 'no pins, files or base', expected: 'what attune export writes', advice: 'Export again.' })
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
