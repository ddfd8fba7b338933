import type { Command } from '../dialogue/commands.js'
import { advanced, choicesAt, mayEnd, type Branch, type Position } from './grammar.js'
import { kindOfBranch } from './kind.js'

/** How texts become ids for one model. */
export type CompletionTokens = {
  /** Ids of a piece of text that stands inside a longer one: no beginning mark, no special tokens. */
  readonly encode: (text: string) => readonly number[]
  /** The token that closes every completion. */
  readonly end: number
}

/**
 * Where a completion stands, in ids. Immutable; what follows is worked out once, when first asked for.
 * The ids along any path to an ended position are those of the whole completion text plus `end`.
 */
export type TokenPosition = {
  /** Commands whose lines are complete. */
  readonly commands: readonly Command[]
  readonly ended: boolean
  /** Kinds of the lines that may still come of what was begun here (see kind.ts). */
  readonly kinds: () => ReadonlySet<string>
  /** Legal next ids, each with the position it leads to. Empty only where ended. */
  readonly next: () => ReadonlyMap<number, TokenPosition>
}

/**
 * Lines are tokenised piece by piece, each piece from a space to the next, and a newline together with the piece before it.
 * Tokenizers split there before they merge, so the ids equal those of the whole text, which the model learned from;
 * a property test holds this for every tokenizer we ship.
 */
export const tokenStart = (start: Position, { encode, end }: CompletionTokens): TokenPosition => {
  // The words of a message are spelled again for every slot they may fill.
  const wordIds = remembered(encode)
  const idsOf = remembered((text) => text.split(/(?= )/).flatMap(wordIds))

  const itemsOf = (position: Position, branches: readonly Branch[], begun: string | null): readonly Item[] =>
    branches.flatMap((branch) => {
      const kind = begun ?? kindOfBranch(branch)
      const items: Item[] = [{ ids: idsOf(branch.text), at: 0, kind, position, branch }]
      const { command } = branch
      if (command !== null && goesOn(position, command)) items.push({ ids: idsOf(`${branch.text}\n`), at: 0, kind, position, command })
      return items
    })

  const goesOnAfter = new Map<Position, Map<string, boolean>>()
  /** Whether another line may follow: depends on what was started or filled, not with which value. */
  const goesOn = (position: Position, command: Command): boolean => {
    const known = goesOnAfter.get(position) ?? new Map<string, boolean>()
    goesOnAfter.set(position, known)
    const key = JSON.stringify(command.command === 'set slot' ? command.name : command)
    const answer = known.get(key) ?? choicesAt(advanced(position, command)).length > 0
    known.set(key, answer)
    return answer
  }

  const atLineStart = (position: Position): TokenPosition => at(position.commands, () => itemsOf(position, choicesAt(position), null))

  const at = (commands: readonly Command[], items: () => readonly Item[]): TokenPosition => {
    let known: ReadonlyMap<number, TokenPosition> | null = null
    return { commands, ended: false, kinds: () => new Set(items().map(({ kind }) => kind)), next: () => (known ??= grown(commands, items())) }
  }

  const grown = (commands: readonly Command[], items: readonly Item[]): ReadonlyMap<number, TokenPosition> => {
    const next = new Map<number, TokenPosition>()
    const groups = new Map<number, Item[]>()
    const place = (item: Item): void => {
      const id = item.ids[item.at]
      if (id !== undefined) {
        const group = groups.get(id)
        if (group === undefined) groups.set(id, [item])
        else group.push(item)
      } else if ('branch' in item) {
        const { command, more } = item.branch
        if (command !== null) next.set(end, endedAt([...commands, command]))
        for (const further of itemsOf(item.position, more(), item.kind)) place(further)
      }
    }
    for (const item of items) place(item)
    for (const [id, group] of groups) next.set(id, after(commands, group))
    return next
  }

  const after = (commands: readonly Command[], group: readonly Item[]): TokenPosition => {
    const moved = group.map((item): Item => ({ ...item, at: item.at + 1 }))
    const newline = moved.find((item) => 'command' in item && item.at === item.ids.length)
    if (newline !== undefined && 'command' in newline) return atLineStart(advanced(newline.position, newline.command))
    return at(commands, () => moved)
  }

  const first = atLineStart(start)
  return mayEnd(start) ? { ...first, next: () => new Map([...first.next(), [end, endedAt(start.commands)]]) } : first
}

const remembered = (compute: (text: string) => readonly number[]): ((text: string) => readonly number[]) => {
  const known = new Map<string, readonly number[]>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const ids = compute(text)
    known.set(text, ids)
    return ids
  }
}

/** A spelled piece on its way: ids passed so far, and what it leads to - more of the line, or the next line. */
type Item = { readonly ids: readonly number[]; readonly at: number; readonly kind: string; readonly position: Position } & (
  | { readonly branch: Branch }
  | { readonly command: Command }
)

const endedAt = (commands: readonly Command[]): TokenPosition => ({ commands, ended: true, kinds: () => new Set(), next: () => new Map() })
