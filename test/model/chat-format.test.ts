import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readPrompt } from '../../src/language/prompt.js'
import { tokensOf } from '../../src/language/tokens.js'
import { chatFormatOf } from '../../src/model/chat-format-of.js'
import { UnsupportedModel } from '../../src/model/errors.js'
import { openModel } from '../../src/model/open-model.js'
import { fixture } from './fixtures.js'

/** What apply_chat_template of Transformers makes of a message, and of the message with its answer. */
type Chat = {
  readonly user: string
  readonly answer: string
  readonly template: string
  readonly prompt: { readonly text: string; readonly ids: readonly number[] }
  readonly whole: { readonly text: string; readonly ids: readonly number[] }
}
const chatOf = (name: string): Chat => JSON.parse(readFileSync(fixture(name, 'chat.json'), 'utf8')) as Chat

const families = [
  ['tiny-llama3', 'Llama 3', '<|eot_id|>'], ['tiny-mistral', 'Mistral', '</s>'],
  ['tiny-qwen2', 'ChatML', '<|im_end|>'], ['tiny-qwen3', 'ChatML without a thought', '<|im_end|>'],
] as const

describe.each(families)('a prompt for %s', (name, format, end) => {
  it.each(['model.gguf', ''])('has the ids of Transformers (%s), and so has the answer with its end', async (file) => {
    const model = await openModel(fixture(name, file))
    const { tokenizer } = model
    const { user, answer, prompt, whole } = chatOf(name)
    const given = readPrompt(`<|im_start|>user\n${user}<|im_end|>\n<|im_start|>assistant\n`)
    expect(tokenizer.chatFormat()).toMatchObject({ name: format, end })
    // The template of Qwen 2 begins with a system message of its own; what attune renders is the turn after it.
    const turn = name === 'tiny-qwen2' ? prompt.ids.indexOf(tokenizer.special('<|im_start|>'), 1) : 0
    const { ids } = tokensOf(tokenizer, given)
    expect(ids).toEqual(prompt.ids.slice(turn))
    const { ids: all, mask } = tokensOf(tokenizer, given, answer)
    const last = whole.ids.lastIndexOf(tokenizer.special(end)) + 1 // a template may add a line break after it
    expect(all).toEqual(whole.ids.slice(last - all.length, last))
    expect(mask.lastIndexOf(false)).toBe(ids.length - 1)
    await model.close()
  })
})

describe('the chat format of a model', () => {
  const specials = new Map(['<s>', '</s>', '[INST]', '[/INST]', '<|im_start|>', '<|im_end|>', '<think>', '</think>'].map((name, id) => [name, id]))
  const given = (chatTemplate: string | undefined, known = specials) =>
    ({ file: 'a.gguf', tokens: [...specials.keys()], specials: known, begin: undefined, end: 1, chatTemplate })
  const turn = "{{ '<|im_start|>user\\n' + messages[0]['content'] + '<|im_end|>\\n' }}"

  it.each<[string, string, string]>([
    ['system message before', `{{ '<|im_start|>system\\nBe kind.<|im_end|>\\n' }}${turn}{{ '<|im_start|>assistant\\n' }}`, 'ChatML'],
    ['empty thought', `${turn}{{ '<|im_start|>assistant\\n' }}{% if not enable_thinking %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}`, 'ChatML without a thought'],
    ['date', `{{ strftime_now('%d %b %Y') }}${turn}{{ '<|im_start|>assistant\\n' }}`, 'ChatML'],
    ['spaces around marks', "{{ bos_token + '[INST] ' + messages[0]['content'] + ' [/INST]' }}", 'Mistral, marks as text'],
    ['a space before the message', "{{ bos_token + '[INST] ' + messages[0]['content'] + '[/INST]' }}", 'Mistral'],
    ['no spaces', "{{ bos_token + '[INST]' + messages[0]['content'] + '[/INST]' }}", 'Mistral, Tekken'],
  ])('is read from a template with %s', (_what, template, name) => {
    expect(chatFormatOf(given(template)).name).toBe(name)
  })

  it.each<[string, string, RegExp]>([
    ['another role', "{{ '<|im_start|>human\\n' + messages[0]['content'] + '<|im_end|>\\n<|im_start|>assistant\\n' }}", /chat template that renders .*human.* is not supported; supported: ChatML/],
    ['a line break too few', "{{ '<|im_start|>user\\n' + messages[0]['content'] + '<|im_end|><|im_start|>assistant\\n' }}", /chat template that renders/],
    ['no answer begun', turn, /chat template that renders/],
    ['an error', "{{ raise_exception('never') }}", /chat template that fails/],
    ['a mistake', '{% if %}', /chat template that fails/],
  ])('with %s is refused, and what it renders is shown', (_what, template, message) => {
    expect(() => chatFormatOf(given(template))).toThrow(message)
    expect(() => chatFormatOf(given(template))).toThrow(UnsupportedModel)
  })

  it('follows from the special tokens where there is no template, and is refused where there are none of these', () => {
    expect(chatFormatOf(given(undefined, new Map([['<|im_start|>', 1], ['<|im_end|>', 2]]))).name).toBe('ChatML')
    expect(() => chatFormatOf(given(undefined, new Map()))).toThrow(/vocabulary without the marks of a conversation is not supported/)
  })
})
