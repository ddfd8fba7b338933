import { join, relative, resolve } from 'node:path'
import { buildDataset } from '../dataset/build.js'
import type { Example } from '../dataset/example.js'
import { legalFrom } from '../dataset/legal-state.js'
import { readConversations } from '../dataset/sources.js'
import { ensureModel } from '../fetch/ensure-model.js'
import { startOf } from '../language/grammar.js'
import { readPrompt } from '../language/prompt.js'
import { BadModelFile } from '../model/errors.js'
import { checkPins, checkTemplate } from '../model/export/pins.js'
import { readGguf } from '../model/gguf.js'
import { loadProject } from '../project/load.js'
import type { Project } from '../project/types.js'
import { written } from '../project/written.js'
import { bar, progressLine } from '../terminal/progress.js'
import { fileHash } from '../train/run-record.js'
import { llamaCppOptions, openLlamaSequences } from '../understand/llama-cpp.js'
import { openTensorModel } from '../understand/tensor-model.js'
import { verifyExport, type AskedExample, type Verification } from '../understand/verify-export.js'
import { exit, type Command, type Io } from './command.js'
import { fetchReport } from './fetch-progress.js'
import { baseModelOf, currentModel, modelsFolder, NoTrainedModel, tensorFlowOrNone } from './models.js'
import { mergedTypes, readExport, writeExport, type ExportRecord, type MergedType } from './write-export.js'

type Options = {
  readonly project: string; readonly model: string; readonly out: string; readonly merged: string
  readonly verify: boolean; readonly messages: number; readonly bound: number; readonly json: boolean
}

export const exportCommand: Command<Options> = {
  name: 'export',
  summary: 'Put the tuned model into a folder for other programs, and prove that it is the same there',
  details: 'Writes the adapter for PEFT and for llama.cpp, or with --merged the whole model as one GGUF file (the only way for DoRA), and\n'
    + 'export.json, which pins chat template, end token and tokenizer. --verify checks these pins, renders the template, and asks attune\'s own\n'
    + 'forward pass and llama.cpp the same messages: the commands must be the same and log-probabilities near. With an export already in\n'
    + 'the folder, --verify judges that one.',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    model: { help: 'a trained model; the current one where none is named', default: '', value: 'FOLDER' },
    out: { help: 'where it goes', default: 'exported', value: 'FOLDER' },
    merged: { help: `merge the adapter into the base model, as ${mergedTypes.join(', ')}`, default: '', value: 'TYPE' },
    verify: { help: 'compare what was exported with what was trained', default: false },
    messages: { help: 'with --verify: so many messages are asked', default: 32, value: 'NUMBER' },
    bound: { help: 'with --verify: the most that a log-probability may differ', default: 1, value: 'NUMBER' },
    json: { help: 'write the outcome as one JSON object', default: false },
  },
  run: async (options, io) => {
    const merged = mergedTypes.find((type) => type === options.merged) ?? null
    if (merged === null && options.merged !== '') {
      io.err(`--merged is ${options.merged}; give ${mergedTypes.join(', ')}.\n`)
      return exit.usage
    }
    const { project, problems, sources } = await loadProject(resolve(io.cwd, options.project), { env: io.env })
    for (const problem of problems) if (problem.severity === 'error') io.err(`${written(problem, sources, { colour: io.colour })}\n`)
    if (project === null) return exit.failed
    const out = resolve(io.cwd, options.out)
    const record = (options.verify ? await readExport(out) : null) ?? await exported(project, options.model, out, merged, io)
    const verification = options.verify ? await verified(project, out, record, options.messages, io) : null
    const isSame = verification === null || (verification.different.length === 0 && verification.largestError <= options.bound)
    if (options.json) io.out(`${JSON.stringify({ folder: out, form: record.form, files: record.files, verification })}\n`)
    else io.out(`${outcomeText(relative(io.cwd, out) || '.', record, verification, options.bound)}\n`)
    return isSame ? exit.ok : exit.failed
  },
}

const exported = async (project: Project, given: string, out: string, merged: MergedType | null, io: Io): Promise<ExportRecord> => {
  const id = given === '' ? await currentModel(project) : null
  if (given === '' && id === null) throw new NoTrainedModel(modelsFolder(project), 'This project has no trained model yet.')
  const fetching = fetchReport(io)
  try {
    return await writeExport(project, given === '' ? join(modelsFolder(project), id ?? '') : resolve(io.cwd, given), out, merged, fetching.report)
  } finally {
    fetching.done()
  }
}

/** Null where nothing but attune runs the model, so that there is nothing to compare. Throws BadModelFile where a file is not what was exported. */
const verified = async (project: Project, out: string, record: ExportRecord, messages: number, io: Io): Promise<Verification | null> => {
  const fetching = fetchReport(io)
  const { path: basePath } = await ensureModel(baseModelOf(project), { report: fetching.report })
  const tensorFlow = await tensorFlowOrNone(fetching.report)
  fetching.done()
  const servedPath = record.form === 'merged' ? join(out, 'model.gguf') : basePath
  await checkFiles(out, servedPath, record)
  if (record.form === 'bottleneck') return null
  const questions = await questionsOf(project, messages)
  const line = progressLine(io.err, io.isTty)
  const tensors = await openTensorModel({ modelPath: basePath, adapterFolder: join(out, 'adapter'), tensorFlow, precision: 'float32' })
  try {
    const adapterPath = record.form === 'adapter' ? join(out, 'adapter.gguf') : null
    const served = await openLlamaSequences(llamaCppOptions({ modelPath: servedPath, adapterPath, version: record.model, precision: 32, conversations: 1 }))
    try {
      return await verifyExport(questions, tensors, served, (done, of) => { line.show(`Comparing ${bar(done / of, 24)} ${done}/${of}`) }, io.signal)
    } finally {
      await served.dispose()
    }
  } finally {
    line.clear()
    tensors.dispose()
  }
}

const checkFiles = async (out: string, servedPath: string, { pins, files }: ExportRecord): Promise<void> => {
  const gguf = await readGguf(servedPath)
  try {
    checkPins(gguf, pins)
    checkTemplate(gguf)
  } finally {
    await gguf.close()
  }
  for (const [name, sha256] of Object.entries(files)) {
    const found = await fileHash(join(out, name))
    if (found !== sha256) throw new BadModelFile({ file: join(out, name), found: `SHA-256 ${found.slice(0, 12)}`, expected: `${sha256.slice(0, 12)}, as it was exported`, advice: 'Export again.' })
  }
}

/** Messages that were not learned, as far as there are any. */
const questionsOf = async (project: Project, most: number): Promise<readonly AskedExample[]> => {
  const { dialogues } = await readConversations(project)
  const { test, dev, train } = buildDataset(project, dialogues, { seed: 1 })
  return [...test, ...dev, ...train].slice(0, most).flatMap((example: Example) => (example.legal === undefined ? [] : [{
    prompt: readPrompt(example.prompt), message: example.message, start: startOf(legalFrom(project, example.legal), example.message),
  }]))
}

const forms: { readonly [F in ExportRecord['form']]: string } = {
  adapter: 'adapter.gguf for llama.cpp over the base model, adapter/ for PEFT and vLLM',
  merged: 'model.gguf, the whole model for llama.cpp; adapter/ for PEFT',
  bottleneck: 'adapter/ for AdapterHub; llama.cpp and vLLM cannot run it, attune serve does',
}

const outcomeText = (folder: string, { model, form, pins }: ExportRecord, verification: Verification | null, bound: number): string => [
  `Model ${model} in ${folder}: ${forms[form]}.`,
  `Pinned: template ${pins.template.slice(0, 12)}, end token ${pins.endToken.slice(0, 12)}, tokenizer ${pins.tokenizer.slice(0, 12)}.`,
  ...(verification === null ? [] : [
    `Same commands for ${verification.same} of ${verification.messages} messages; log-probabilities differ by at most ${verification.largestError.toFixed(4)} (bound ${bound}).`,
    ...verification.different.map(({ message, tensors, served }) => `  ${JSON.stringify(message)}: trained ${JSON.stringify(tensors)}, served ${JSON.stringify(served)}`),
  ]),
].join('\n')
