import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A TypeScript module of this repository, bundled to one JavaScript file (packages stay outside): loading it is then quick. */
const bundled = (module: string): string => {
  const outfile = join(root, 'node_modules', '.cache', 'attune', `${createHash('sha256').update(`${module}\0${process.pid}`).digest('hex').slice(0, 12)}.mjs`)
  buildSync({ entryPoints: [join(root, module)], outfile, bundle: true, packages: 'external', format: 'esm', platform: 'node', target: 'node20', logLevel: 'error' })
  return outfile
}

/** The same as a process of its own. `shell` may surround `$RUN`, the command line that runs it. */
export const spawnModule = (module: string, parameters: readonly string[], shell = 'exec $RUN'): ChildProcess => {
  const words = [process.execPath, '--enable-source-maps', bundled(module), ...parameters]
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return spawn('sh', ['-c', shell.replaceAll('$RUN', line)], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Standard output and exit code of a process that ends by itself. */
export const finished = (child: ChildProcess): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> =>
  new Promise((resolve) => {
    let out = ''
    let err = ''
    child.stdout?.on('data', (data: Buffer) => { out += data.toString() })
    child.stderr?.on('data', (data: Buffer) => { err += data.toString() })
    child.on('close', (code) => resolve({ code, out, err }))
  })
