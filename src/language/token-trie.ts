import type { Command } from '../dialogue/commands.js'
import { advanced, choicesAt, mayEnd, type Branch, type Position } from './grammar.js'

/** How texts become ids for one model. */
export type CompletionTokens = {
  /** Ids of a piece of text that stands inside a longer one: no beginning mark, no special tokens. */
  readonly encode: (text: string) => readonly number[]
  /** The token that closes every completion. */
  readonly end: number
  /** What the model's chat format has before the first line. */
  readonly lead?: string
}

/**
 * Where a completion stands, in ids. Immutable; what follows is worked out once, when first asked for.
 * The ids along any path to an ended position are those of the whole completion text plus `end`.
 */
export type TokenPosition = {
  /** Commands whose lines are complete. */
  readonly commands: readonly Command[]
  /** Their kinds (see kind.ts). */
  readonly said: readonly string[]
  readonly ended: boolean
  /** Kinds of the lines that may still come of what was begun here. */
  readonly kinds: () => ReadonlySet<string>
  /** Legal next ids, each with the position it leads to. Empty only where ended. */
  readonly next: () => ReadonlyMap<number, TokenPosition>
}

/**
 * Lines are tokenised piece by piece, each piece from a space to the next, and a newline together with the piece before it.
 * Tokenizers split there before they merge, so the ids equal those of the whole text, which the model learned from;
 * a property test holds this for every tokenizer we ship.
 */
export const tokenStart = (start: Position, { encode, end, lead = '' }: CompletionTokens): TokenPosition => {
  // The words of a message are spelled again for every slot they may fill.
  const wordIds = remembered(encode)
  const idsOf = remembered((text) => text.split(/(?= )/).flatMap(wordIds))

  const itemsOf = (position: Position, branches: readonly Branch[]): readonly Item[] =>
    branches.flatMap((branch) => {
      const items: Item[] = [{ ids: idsOf(branch.text), at: 0, position, branch, ends: false }]
      const { command } = branch
      if (command !== null && goesOn(position, command)) items.push({ ids: idsOf(`${branch.text}\n`), at: 0, position, branch, ends: true })
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

  const atLineStart = (position: Position, said: readonly string[], before = ''): TokenPosition =>
    at({ commands: position.commands, said }, () => itemsOf(position, choicesAt(position).map((branch) => ({ ...branch, text: before + branch.text }))))

  const at = (lines: Lines, items: () => readonly Item[]): TokenPosition => {
    let known: ReadonlyMap<number, TokenPosition> | null = null
    return {
      ...lines, ended: false,
      kinds: () => new Set(items().flatMap(({ branch }) => branch.kinds)),
      next: () => (known ??= grown(lines, items())),
    }
  }

  const grown = (lines: Lines, items: readonly Item[]): ReadonlyMap<number, TokenPosition> => {
    const next = new Map<number, TokenPosition>()
    const groups = new Map<number, Item[]>()
    const place = (item: Item): void => {
      const id = item.ids[item.at]
      if (id !== undefined) {
        const group = groups.get(id)
        if (group === undefined) groups.set(id, [item])
        else group.push(item)
      } else if (!item.ends) {
        const { command, kinds, more } = item.branch
        if (command !== null) next.set(end, endedAt(lines, command, kinds))
        for (const further of itemsOf(item.position, more())) place(further)
      }
    }
    for (const item of items) place(item)
    for (const [id, group] of groups) next.set(id, after(lines, group))
    return next
  }

  const after = (lines: Lines, group: readonly Item[]): TokenPosition => {
    const moved = group.map((item): Item => ({ ...item, at: item.at + 1 }))
    const newline = moved.find(({ ends, at: place, ids }) => ends && place === ids.length)
    const command = newline?.branch.command ?? null
    if (newline !== undefined && command !== null) return atLineStart(advanced(newline.position, command), [...lines.said, ...newline.branch.kinds.slice(0, 1)])
    return at(lines, () => moved)
  }

  const first = atLineStart(start, [], lead)
  return mayEnd(start) ? { ...first, next: () => new Map([...first.next(), [end, endedAs(start)]]) } : first
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

/** A spelled piece on its way: ids passed so far, and whether the line ends with it and another one follows. */
type Item = { readonly ids: readonly number[]; readonly at: number; readonly position: Position; readonly branch: Branch; readonly ends: boolean }

type Lines = Pick<TokenPosition, 'commands' | 'said'>

const ending = { ended: true, kinds: () => new Set<string>(), next: () => new Map<number, TokenPosition>() }
const endedAt = ({ commands, said }: Lines, command: Command, kinds: readonly string[]): TokenPosition =>
  ({ commands: [...commands, command], said: [...said, ...kinds.slice(0, 1)], ...ending })
const endedAs = ({ commands }: Position): TokenPosition => ({ commands, said: [], ...ending })
