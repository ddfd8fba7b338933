import { spawn } from 'node:child_process'
import type { Fetching } from './cache.js'

export type Outcome = { readonly code: number | null; readonly out: string; readonly err: string }

const mostOutput = 8 * 1024 * 1024

/** Runs a program without a shell and gives what it wrote. Throws the system's error when there is no such program. */
export const runProgram = (program: string, args: readonly string[], { env, signal }: Pick<Fetching, 'env' | 'signal'>): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out = (out + text).slice(0, mostOutput) })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { err = (err + text).slice(-mostOutput) })
    child.on('error', reject)
    child.on('close', (code) => { resolve({ code, out, err }) })
  })
