import type { Command } from '../src/dialogue/commands.js'

/** An order of so many questions; an answer above the limit is remarked upon before the next question. */
export const questions = 8
export const limit = 50
/** Turns of an order: the request, and an answer to each question. */
export const length = questions + 1

export const asked: readonly number[] = Array.from({ length: questions }, (_, at) => at)
const after = (at: number): string => (at + 1 < questions ? `ask_${at + 1}` : 'END')

/** A project that takes orders, by path. */
export const files: ReadonlyMap<string, string> = new Map([
  ['flows/order.yml', `flows:
  order:
    description: Takes an order.
    run_pattern_completed: false
    steps:
${asked.map((at) => `      - id: ask_${at}
        collect: amount_${at}
        next:
          - if: slots.amount_${at} > ${limit}
            then: large_${at}
          - else: ${after(at)}
      - id: large_${at}
        action: utter_large
        next: ${after(at)}
`).join('')}`],
  ['domain.yml', `slots:
${asked.map((at) => `  amount_${at}: {type: float}\n`).join('')}
responses:
  utter_large: [{text: That is a lot.}]
${asked.map((at) => `  utter_ask_amount_${at}: [{text: "${at === 0 ? 'How many of the first?' : `{amount_${at - 1}} it is. How many of number ${at}?`}"}]\n`).join('')}`],
])

/** About every second answer is above the limit. */
export const amountAt = (turn: number): number => (turn * 7) % (2 * limit)

/** What a turn is understood as: the first of each order starts it, the others answer. */
export const commandAt = (turn: number): Command => {
  const at = turn % length
  return at === 0 ? { command: 'start flow', flow: 'order' } : { command: 'set slot', name: `amount_${at - 1}`, value: amountAt(turn) }
}
