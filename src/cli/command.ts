/** Where a command writes and what it may ask of its surroundings: tests hand in their own. */
export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly isTty: boolean
  readonly colour: boolean
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Fires on Ctrl-C and on SIGTERM. A command ends its work cleanly, then returns. */
  readonly signal: AbortSignal
}

export type OptionValue = string | number | boolean
export type OptionSpec<V extends OptionValue = OptionValue> = {
  readonly help: string
  readonly default: V
  /** Shown in --help as the name of the value: `--port NUMBER`. */
  readonly value?: string
  readonly short?: string
}

/** One command of the `attune` program, as a record: listed, documented and tested without a process. */
export type Command<Options extends Readonly<Record<string, OptionValue>> = Readonly<Record<string, OptionValue>>> = {
  readonly name: string
  readonly summary: string
  readonly details?: string
  /** Names of positional arguments for the help text; they arrive in `run` as `positionals`. */
  readonly positionals?: readonly string[]
  readonly options: { readonly [K in keyof Options]: OptionSpec<Options[K]> }
  /** A method, so that commands of different options stand in one list; the program hands each its own options. */
  run(options: Options, io: Io, positionals: readonly string[]): Promise<number>
}

export const exit = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const
