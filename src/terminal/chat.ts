import { render } from 'ink'
import { createElement } from 'react'
import { createInterface } from 'node:readline'
import { Chat, type ChatProps } from './chat-screen.js'
import { printable } from './printable.js'

/** Runs the chat screen until the person leaves. The terminal is as it was before when this resolves. */
export const openChat = async (props: ChatProps): Promise<void> => {
  const screen = render(createElement(Chat, props), { exitOnCtrlC: false })
  await screen.waitUntilExit()
}

/** The same conversation without a screen, for pipes and scripts: a message per input line, answers as plain lines. */
export const pipeChat = async (
  { send, signal }: Pick<ChatProps, 'send' | 'signal'>,
  input: NodeJS.ReadableStream,
  write: (text: string) => void,
): Promise<void> => {
  const lines = createInterface({ input, crlfDelay: Infinity })
  const stop = (): void => lines.close()
  signal.addEventListener('abort', stop)
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue
      if (line.trim() === '/quit') break
      for (const message of await send(line.trim())) {
        if (message.text !== undefined && message.text !== null) write(`${printable(message.text)}\n`)
        for (const button of message.buttons ?? []) write(`  [${printable(button.title)}] ${printable(button.payload)}\n`)
      }
    }
  } finally {
    signal.removeEventListener('abort', stop)
    lines.close()
  }
}
