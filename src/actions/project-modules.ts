import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createJiti } from 'jiti'

export type ProjectModule = { readonly file: string; readonly load: () => Promise<unknown> }

/** The modules of a project directly in one of its folders, in the order of their names; none where there is no such folder. TypeScript needs no build. */
export const projectModules = async (root: string, folder: string): Promise<readonly ProjectModule[]> => {
  const names = await readdir(join(root, folder)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const jiti = createJiti(import.meta.url, { interopDefault: false })
  return names.filter((each) => /\.(?:ts|js|mjs)$/.test(each) && !/\.(?:d|test)\.ts$/.test(each)).sort().map((name) => {
    const file = join(root, folder, name)
    return { file, load: () => jiti.import(file) }
  })
}
