import { Template } from '@huggingface/jinja'
import { chatFormats, type ChatFormat } from '../language/chat-format.js'
import { promptText, type Prompt } from '../language/prompt.js'
import { UnsupportedModel } from './errors.js'
import type { TokenizerParts } from './tokenizer.js'

type Given = Pick<TokenizerParts, 'file' | 'tokens' | 'specials' | 'begin' | 'end' | 'chatTemplate'>

const all: readonly ChatFormat[] = Object.values(chatFormats)
const probe = 'no flow\nuser: a message'

const special = (prompt: Prompt): readonly string[] => prompt.flatMap((segment) => (segment.special ? [segment.text] : []))
/** A vocabulary without the marks of a format cannot be spoken to in it. */
const isPossible = ({ before, after, end }: ChatFormat, specials: ReadonlyMap<string, number>): boolean =>
  [...special(before), ...special(after), end].every((name) => specials.has(name))

/** What a template makes of one message, with its answer about to begin. */
const rendered = (template: string, { tokens, begin, end, specials }: Given): string => new Template(template).render({
  messages: [{ role: 'user', content: probe }],
  add_generation_prompt: true,
  enable_thinking: false,
  bos_token: begin === undefined ? ['<|begin_of_text|>', '<s>'].find((name) => specials.has(name)) ?? '' : tokens[begin],
  eos_token: tokens[end],
})

/**
 * The format in which a model was taught to converse. Its own template decides: the turn it renders must be one that attune knows, to
 * the letter; a system message before it may be anything. Without a template, the special tokens do. Throws UnsupportedModel.
 */
export const chatFormatOf = (given: Given): ChatFormat => {
  const { file, specials, chatTemplate } = given
  const possible = all.filter((format) => isPossible(format, specials))
  const names = all.map(({ name }) => name)
  if (chatTemplate === undefined) {
    const [first] = possible
    if (first === undefined) throw new UnsupportedModel(file, 'vocabulary', 'without the marks of a conversation', names, 'Take a model that was tuned for chat.')
    return first
  }
  let text: string
  try {
    text = rendered(chatTemplate, given)
  } catch (error) {
    throw new UnsupportedModel(file, 'chat template', `that fails (${error instanceof Error ? error.message.slice(0, 200) : String(error)})`, names)
  }
  const withoutBegin = ({ before }: ChatFormat): Prompt => (before[0]?.text === '<s>' || before[0]?.text === '<|begin_of_text|>' ? before.slice(1) : before)
  const found = possible.find((format) => text.endsWith(`${promptText(withoutBegin(format))}${probe}${promptText(format.after)}`))
  if (found !== undefined) return found
  throw new UnsupportedModel(file, 'chat template', `that renders ${JSON.stringify(text.slice(-160))}`, names, 'Take a model whose template is one of these.')
}
