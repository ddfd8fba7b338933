// Runs a benchmark and writes what it printed to docs/benchmarks.md, with machine and date:
//   node --import jiti/register bench/page.ts NAME [OPTIONS] [--section WORDS]
// Sections of different words stand side by side; without, a run takes the place of the last one.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { buildSync } from 'esbuild'

const titles: Readonly<Record<string, string>> = {
  engine: 'A turn in the core, beside XState',
  tests: 'Recorded conversations as tests',
  turn: 'A turn: our decoder beside GBNF and a full CALM-style prompt, in the same llama.cpp',
  train: 'A training step beside PyTorch + PEFT',
  labels: 'Labels of messages: tuned encoder, frozen encoder with a linear head, untuned base model',
  transcripts: 'Reading conversations: tuned encoder, frozen encoder with a linear head, untuned base model',
  doctor: 'Planted label noise that attune data doctor finds',
  validate: 'Loading and validating a large project',
  store: 'Durable appends and whole turns',
}
const page = 'docs/benchmarks.md'
const head = '# Benchmarks\n\nWritten by `npm run bench:*`; each section says where and when. Timings depend on the machine: compare within a section only.\n'

/** As the built package runs: the sources through jiti would take the engine 1.7 times as long. */
const bundled = (name: string): string => {
  const outfile = `.attune/bench/${name}.mjs`
  buildSync({ entryPoints: [`bench/${name}.ts`], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' })
  return outfile
}

const ran = (name: string, options: readonly string[]): Promise<string> => new Promise((resolve, reject) => {
  const child = spawn(process.execPath, [bundled(name), ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString()
    process.stdout.write(bytes)
  })
  child.on('error', reject)
  child.on('close', (code) => code === 0 ? resolve(printed.trim()) : reject(new Error(`bench/${name}.ts ended with ${code}`)))
})

const [name = '', ...given] = process.argv.slice(2)
const marked = given.indexOf('--section')
const words = marked === -1 ? '' : given[marked + 1] ?? ''
const options = marked === -1 ? given : [...given.slice(0, marked), ...given.slice(marked + 2)]
const id = words === '' ? name : `${name}: ${words}`
const title = titles[name]
if (title === undefined) throw new Error(`There is no benchmark '${name}'. There are ${Object.keys(titles).join(', ')}.`)
const loads = [loadavg()[0] ?? 0]
const printed = await ran(name, options)
loads.push(loadavg()[0] ?? 0)
/** Other work on the machine; our own is at most one. */
const shared = `Load of the machine before and after: ${loads.map((load) => load.toFixed(1)).join(' and ')}.`
const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
const section = `<!-- ${id} -->\n## ${title}${words === '' ? '' : ` (${words})`}\n\n${new Date().toISOString().slice(0, 10)}, ${machine}. \`npm run bench:${name}${options.length === 0 ? '' : ` -- ${options.join(' ')}`}\` ${shared}\n\n${printed}\n<!-- /${id} -->\n`
let text = head
try {
  text = readFileSync(page, 'utf8')
} catch {
  // the first benchmark makes the page
}
const old = new RegExp(`<!-- ${id} -->[^]*<!-- /${id} -->\\n`)
writeFileSync(page, old.test(text) ? text.replace(old, () => section) : `${text}\n${section}`)
