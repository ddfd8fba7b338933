import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A TypeScript module of this repository as a process of its own. `shell` may surround `$RUN`, the command line that runs it. */
export const spawnModule = (module: string, parameters: readonly string[], shell = 'exec $RUN'): ChildProcess => {
  const words = [process.execPath, '--import', 'jiti/register', fileURLToPath(new URL(`../../${module}`, import.meta.url)), ...parameters]
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
