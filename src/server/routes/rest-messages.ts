import type { BotMessage } from '../../dialogue/outcome.js'
import type { SlotValue } from '../../project/types.js'

/** One bubble of Rasa's REST channel. */
export type RestMessage = { readonly recipient_id: string } & Readonly<Record<string, unknown>>

type Fields = Readonly<Record<string, SlotValue>>
const isFields = (value: SlotValue): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A bot message as the REST channel of Rasa sends it: a blank line begins a new bubble; buttons or quick replies go with
 * the text; picture, attachment and custom data are bubbles of their own; an element becomes its title with its buttons.
 */
export const restMessages = (recipient: string, { text, data }: BotMessage): readonly RestMessage[] => {
  const bubbles: Readonly<Record<string, unknown>>[] = []
  const choices = data.quick_replies ?? data.buttons ?? []
  if (choices.length > 0) bubbles.push({ text: text ?? '', buttons: choices })
  else if (text !== null) for (const part of text.trim().split('\n\n')) if (part !== '') bubbles.push({ text: part })
  if (data.custom !== undefined) bubbles.push({ custom: data.custom })
  if (data.image !== undefined) bubbles.push({ image: data.image })
  if (data.attachment !== undefined) bubbles.push({ attachment: data.attachment })
  for (const element of data.elements ?? []) {
    if (!isFields(element)) continue
    const title = [element['title'], element['subtitle']].filter((part): part is string => typeof part === 'string' && part !== '').join(': ')
    bubbles.push({ text: title, buttons: Array.isArray(element['buttons']) ? element['buttons'] : [] })
  }
  return bubbles.map((bubble) => ({ recipient_id: recipient, ...bubble }))
}
