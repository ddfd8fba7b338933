import { render } from 'ink-testing-library'
import { describe, expect, it, vi } from 'vitest'
import { Chat } from '../../src/terminal/chat-screen.js'

const enter = '\r'
const soon = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 })
/** Opens the screen and waits until it listens to keys: one typed before would be lost. */
const open = async (send: (text: string) => Promise<readonly { text: string }[]>) => {
  const screen = render(<Chat title="Test bank" send={send} signal={new AbortController().signal} />)
  await soon(() => expect(screen.stdin.listenerCount('readable')).toBeGreaterThan(0))
  return screen
}

describe('the chat screen', () => {
  it('greets with its title, sends a line and shows the answer', async () => {
    const send = vi.fn(async (text: string) => [{ text: `You said ${text}.` }])
    const screen = await open(send)
    await soon(() => expect(screen.frames.join('\n')).toContain('Test bank'))
    screen.stdin.write('hello')
    await soon(() => expect(screen.lastFrame()).toContain('› hello'))
    screen.stdin.write(enter)
    await soon(() => expect(screen.frames.join('\n')).toContain('You said hello.'))
    expect(send).toHaveBeenCalledWith('hello')
    screen.unmount()
  })
  it.each([['one by one', ['hel', 'lo', enter]], ['as one text', ['hello\r']], ['from before it was drawn', ['hello\n']]])('loses no key of those that come faster than it draws, %s', async (_, keys) => {
    const send = vi.fn(async () => [{ text: 'Good day.' }])
    const screen = await open(send)
    for (const key of keys) screen.stdin.write(key)
    await soon(() => expect(screen.frames.join('\n')).toContain('Good day.'))
    expect(send.mock.calls).toEqual([['hello']])
    screen.unmount()
  })
  it('sends a line once, however often Enter is pressed before it is drawn', async () => {
    const send = vi.fn(async () => [{ text: 'Good day.' }])
    const screen = await open(send)
    for (const key of ['hello', enter, enter, enter]) screen.stdin.write(key)
    await soon(() => expect(screen.frames.join('\n')).toContain('Good day.'))
    expect(send.mock.calls).toEqual([['hello']])
    screen.unmount()
  })
  it('shows a failed turn as a sentence and goes on', async () => {
    const screen = await open(async () => { throw new Error('The server does not answer.') })
    screen.stdin.write('hello')
    await soon(() => expect(screen.lastFrame()).toContain('› hello'))
    screen.stdin.write(enter)
    await soon(() => expect(screen.frames.join('\n')).toContain('! The server does not answer.'))
    screen.unmount()
  })
  it('does not let a bot message steer the terminal', async () => {
    const screen = await open(async () => [{ text: '\u001b[2Jwiped' }])
    screen.stdin.write('x')
    await soon(() => expect(screen.lastFrame()).toContain('› x'))
    screen.stdin.write(enter)
    await soon(() => expect(screen.frames.join('\n')).toContain('wiped'))
    expect(screen.frames.join('\n')).not.toContain('\u001b[2J')
    screen.unmount()
  })
})
