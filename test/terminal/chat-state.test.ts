import { describe, expect, it } from 'vitest'
import { emptyChat, foldChat, messageOf, type ChatEvent } from '../../src/terminal/chat-state.js'

const after = (...events: readonly ChatEvent[]) => events.reduce(foldChat, emptyChat)
const buttons = [{ title: 'Yes', payload: '/SetSlots(confirmed=true)' }, { title: 'No', payload: '/SetSlots(confirmed=false)' }]

describe('the chat screen, key by key', () => {
  it('types at the cursor and erases whole characters', () => {
    expect(after({ kind: 'typed', text: 'helo' }, { kind: 'moved', by: -1 }, { kind: 'typed', text: 'l' })).toMatchObject({ input: 'hello', cursor: 4 })
    expect(after({ kind: 'typed', text: 'hi🎉' }, { kind: 'erased' })).toMatchObject({ input: 'hi', cursor: 2 })
  })
  it('turns a pasted line break into a blank, so that one paste is one message', () => {
    expect(after({ kind: 'typed', text: 'one\r\ntwo' }).input).toBe('one two')
  })
  it('shows what was said, waits, then shows the answer', () => {
    const sent = after({ kind: 'typed', text: 'hello' }, { kind: 'sent', text: 'hello' })
    expect(sent).toMatchObject({ input: '', waiting: true, lines: [{ who: 'you', text: 'hello' }] })
    expect(foldChat(sent, { kind: 'answered', messages: [{ text: 'Hi!' }, { text: 'How can I help?' }] })).toMatchObject({
      waiting: false,
      lines: [{ who: 'you' }, { who: 'bot', text: 'Hi!' }, { who: 'bot', text: 'How can I help?' }],
    })
  })
  it('says so when the bot has nothing to say', () => {
    expect(after({ kind: 'sent', text: 'x' }, { kind: 'answered', messages: [] }).lines.at(-1)).toMatchObject({ who: 'note', text: '(no answer)' })
  })
  it('keeps the conversation usable after a failure', () => {
    expect(after({ kind: 'sent', text: 'x' }, { kind: 'failed', sentence: 'The server is gone.' })).toMatchObject({ waiting: false })
  })
  it('sends the payload of the button whose number is typed, and plain numbers as they are', () => {
    const asked = after({ kind: 'sent', text: 'x' }, { kind: 'answered', messages: [{ text: 'Sure?', buttons }] })
    expect(messageOf(foldChat(asked, { kind: 'typed', text: '2' }))).toBe('/SetSlots(confirmed=false)')
    expect(messageOf(foldChat(asked, { kind: 'typed', text: '50' }))).toBe('50')
    expect(messageOf(asked)).toBeNull()
  })
  it('walks through earlier messages and back to an empty line', () => {
    const said = after({ kind: 'sent', text: 'one' }, { kind: 'sent', text: 'two' }, { kind: 'recalled', by: -1 }, { kind: 'recalled', by: -1 })
    expect(said.input).toBe('one')
    expect(after({ kind: 'sent', text: 'one' }, { kind: 'recalled', by: -1 }, { kind: 'recalled', by: 1 }).input).toBe('')
  })
})
