import type { Config } from '../types.js'

export type DefaultFile = { readonly file: string; readonly text: string }
export const defaultsFor = (_compat: Config['compat']): readonly DefaultFile[] => []
