// A process for the fault tests: appends turns to a store until it is killed or the store refuses, and says what was acknowledged.
import { openSqliteStore } from '../../src/store/sqlite.js'

const [path = '', writersText = '1', sizeText = '10', turnsText = '100000'] = process.argv.slice(2)
const store = await openSqliteStore({ path })
const refusals: Error[] = []

const write = async (conversation: string): Promise<void> => {
  let last = (await store.read(conversation)).length
  for (let turn = 0; turn < Number(turnsText) && refusals.length === 0; turn += 1) {
    const events = [0, 1, 2].map((index) => ({ event: 'slot' as const, name: 'n', value: 'x'.repeat(Number(sizeText)), sequence: last + index + 1, timestamp: turn }))
    try {
      await store.append(conversation, last, events, { key: `${last}`, answer: `${last + 3}` })
    } catch (error) {
      refusals.push(error as Error)
      return
    }
    last += 3
    process.stdout.write(`${conversation} ${last}\n`)
  }
}
await Promise.all(Array.from({ length: Number(writersText) }, (_, index) => write(`c${index}`)))
const [refusal] = refusals
if (refusal) {
  process.stdout.write(`refused ${refusal.name} ${(refusal as { reason?: string }).reason ?? ''}\n`)
  for (let index = 0; index < Number(writersText); index += 1) process.stdout.write(`read c${index} ${(await store.read(`c${index}`)).length}\n`)
}
await store.close()
