import { Box, Static, Text, useApp, useInput } from 'ink'
import { useEffect, useRef, useState, type ReactElement } from 'react'
import { emptyChat, foldChat, messageOf, type ChatEvent, type ChatState, type Line, type ShownMessage } from './chat-state.js'
import { printable } from './printable.js'

export type ChatProps = {
  /** Shown above the first line. */
  readonly title: string
  /** One turn: the user's message in, the bot's messages out. Rejects with an Error whose message can be shown. */
  readonly send: (text: string) => Promise<readonly ShownMessage[]>
  /** Fires when the program was asked to stop from outside. */
  readonly signal: AbortSignal
}

const marks: Readonly<Record<Line['who'], { readonly mark: string; readonly color?: string; readonly dim?: boolean }>> = {
  you: { mark: '› ', color: 'cyan' },
  bot: { mark: '  ' },
  note: { mark: '· ', dim: true },
  error: { mark: '! ', color: 'red' },
}

const Spoken = ({ line }: { readonly line: Line }): ReactElement => {
  const { mark, color, dim } = marks[line.who]
  return (
    <Box>
      <Text {...(color === undefined ? {} : { color })} dimColor={dim ?? false}>{mark}{printable(line.text)}</Text>
    </Box>
  )
}

/** The line being written, with the cursor drawn, or what is going on instead. A function of the state alone. */
export const Prompt = ({ state }: { readonly state: ChatState }): ReactElement => {
  if (state.waiting) return <Text dimColor>  ...</Text>
  const under = state.input.slice(state.cursor, state.cursor + 1)
  return (
    <Box flexDirection="column">
      {state.buttons.map((button, index) => (
        <Text key={`${String(index)}-${button.payload}`} dimColor>  {index + 1} {printable(button.title)}</Text>
      ))}
      <Text>
        <Text color="cyan">› </Text>
        {state.input.slice(0, state.cursor)}
        <Text inverse>{under === '' ? ' ' : under}</Text>
        {state.input.slice(state.cursor + 1)}
      </Text>
    </Box>
  )
}

type ChatNow = { readonly state: ChatState; readonly now: () => ChatState; readonly happen: (event: ChatEvent) => void }

/**
 * What is drawn, and `now`, which is ahead of it: React draws later than keys come, and the handler of a key is that of the last drawing.
 * An Enter right behind a letter would find the line empty, and a second one would send it twice.
 */
const useChat = (): ChatNow => {
  const latest = useRef(emptyChat)
  const [state, draw] = useState(emptyChat)
  const happen = (event: ChatEvent): void => {
    latest.current = foldChat(latest.current, event)
    draw(latest.current)
  }
  return { state, now: () => latest.current, happen }
}

/** The terminal chat. `/quit`, Ctrl-C and Ctrl-D leave. */
export const Chat = ({ title, send, signal }: ChatProps): ReactElement => {
  const { exit } = useApp()
  const { state, now, happen } = useChat()
  useEffect(() => {
    const leave = (): void => exit()
    signal.addEventListener('abort', leave)
    return () => signal.removeEventListener('abort', leave)
  }, [signal, exit])

  const submit = (): void => {
    const text = messageOf(now())
    if (text === null) return
    if (text === '/quit' || text === '/exit') return exit()
    happen({ kind: 'sent', text })
    send(text).then(
      (messages) => happen({ kind: 'answered', messages }),
      (error: unknown) => happen({ kind: 'failed', sentence: error instanceof Error ? error.message : String(error) }),
    )
  }

  useInput((input, key) => {
    if (key.ctrl && (input === 'c' || input === 'd')) return exit()
    if (now().waiting) return
    if (key.return) return submit()
    if (key.backspace || key.delete) return happen({ kind: 'erased' })
    if (key.leftArrow) return happen({ kind: 'moved', by: -1 })
    if (key.rightArrow) return happen({ kind: 'moved', by: 1 })
    if (key.upArrow) return happen({ kind: 'recalled', by: -1 })
    if (key.downArrow) return happen({ kind: 'recalled', by: 1 })
    if (key.escape || (key.ctrl && input === 'u')) return happen({ kind: 'cleared' })
    if (key.ctrl || key.meta || input === '') return
    // Keys that came while the program was busy arrive as one text, Enter at its end included.
    const typed = input.replace(/[\r\n]+$/, '')
    if (typed !== '') happen({ kind: 'typed', text: printable(typed) })
    if (typed !== input) submit()
  })

  return (
    <>
      <Static items={[{ id: 0, who: 'note', text: `${title}  (/quit to leave, ↑ for earlier messages)` } satisfies Line, ...state.lines]}>
        {(line) => <Spoken key={line.id} line={line} />}
      </Static>
      <Prompt state={state} />
    </>
  )
}
