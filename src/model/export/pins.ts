import { createHash } from 'node:crypto'
import { Template } from '@huggingface/jinja'
import { turnText } from '../../language/prompt.js'
import { BadModelFile } from '../errors.js'
import type { Gguf } from '../gguf.js'
import { tokenizerFromGguf } from '../tokenizer-gguf.js'

/** SHA-256 of what decides how text becomes tokens. A model is only itself with the same. */
export type Pins = { readonly template: string; readonly endToken: string; readonly tokenizer: string }

const hashOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

const templateOf = (gguf: Gguf): string => {
  const template = gguf.metadata.get('tokenizer.chat_template')
  return typeof template === 'string' ? template : ''
}

const tokenizerKeys = ['model', 'pre', 'tokens', 'token_type', 'merges', 'add_bos_token', 'bos_token_id'].map((key) => `tokenizer.ggml.${key}`)

export const pinsOf = (gguf: Gguf): Pins => {
  const { end } = tokenizerFromGguf(gguf)
  return {
    template: hashOf(templateOf(gguf)),
    endToken: hashOf(String(end)),
    tokenizer: hashOf(...tokenizerKeys.filter((key) => gguf.spans.has(key)).map((key) => gguf.rawEntry(key))),
  }
}

const names: { readonly [K in keyof Pins]: string } = { template: 'chat template', endToken: 'end token', tokenizer: 'tokenizer' }

/** Throws BadModelFile where a file has not what was pinned. */
export const checkPins = (gguf: Gguf, pinned: Pins): void => {
  const found = pinsOf(gguf)
  for (const key of Object.keys(names) as (keyof Pins)[]) {
    if (found[key] === pinned[key]) continue
    throw new BadModelFile({
      file: gguf.path, found: `the ${names[key]} ${found[key].slice(0, 12)}`, expected: `${pinned[key].slice(0, 12)}, as pinned when the model was exported`,
      advice: 'Take the file that was exported, or export again.',
    })
  }
}

const said = 'block my card'

/**
 * A server that applies the file's own template must put a message where attune puts it. A file without a template leaves that to the
 * caller. Throws BadModelFile.
 */
export const checkTemplate = (gguf: Gguf): void => {
  const template = templateOf(gguf)
  if (template === '') return
  const bad = (found: string): BadModelFile => new BadModelFile({
    file: gguf.path, found, expected: `a text that ends with ${JSON.stringify(turnText(said))}`, advice: 'The model would read another prompt than it was tuned on: use its own chat template.',
  })
  let text: string
  try {
    text = new Template(template).render({ messages: [{ role: 'user', content: said }], add_generation_prompt: true, bos_token: '', eos_token: '' })
  } catch (error) {
    throw bad(`a chat template that cannot be rendered (${error instanceof Error ? error.message : String(error)})`)
  }
  if (!text.endsWith(turnText(said))) throw bad(`a chat template that gives ${JSON.stringify(text.slice(-120))}`)
}
