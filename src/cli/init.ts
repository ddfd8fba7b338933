import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { exit, type Command } from './command.js'
import { starterFiles } from './starter.js'

/** Writes a first project: small, without a mistake, and with tests that pass. Never over anything that is there. */
export const init: Command = {
  name: 'init',
  summary: 'Write a small project to begin with',
  details: 'The folder must be empty or not there yet. What is written: a flow, its domain, an action, a rule, examples and tests.',
  positionals: ['FOLDER'],
  options: {},
  run: async (_, io, [given]) => {
    if (given === undefined) {
      io.err('attune init needs a folder: attune init my-assistant\n')
      return exit.usage
    }
    const folder = resolve(io.cwd, given)
    if (await isOccupied(folder)) {
      io.err(`The folder ${given} is not empty, and nothing in it is to be overwritten. Name another one.\n`)
      return exit.failed
    }
    for (const [path, text] of Object.entries(starterFiles)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text, { flag: 'wx' })
      io.out(`${join(given, path)}\n`)
    }
    io.out(`\nNext: attune test -p ${given} --scripted, then attune start -p ${given}.\n`)
    return exit.ok
  },
}

const isOccupied = async (folder: string): Promise<boolean> => {
  try {
    return (await readdir(folder)).length > 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
