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
  it('shows a failed turn as a sentence and goes on', async () => {
    const screen = await open(async () => { throw new Error('The server does not answer.') })
    screen.stdin.write('hello')
    await soon(() => expect(screen.lastFrame()).toContain('› hello'))
    // On a busy machine the screen may not listen yet after it has drawn; a second key on an empty line sends nothing.
    await soon(() => {
      screen.stdin.write(enter)
      expect(screen.frames.join('\n')).toContain('! The server does not answer.')
    })
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
