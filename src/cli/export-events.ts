import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { openSqliteStore } from '../store/sqlite.js'
import { exit, type Command } from './command.js'

type Options = { readonly project: string; readonly store: string; readonly out: string; readonly minimumTimestamp: string; readonly maximumTimestamp: string; readonly conversationIds: string }
const pageSize = 500

/** Every event with whose it is, one JSON object a line: the form in which Rasa's file broker writes. */
export const exportEventsCommand: Command<Options> = {
  name: 'export-events',
  summary: 'Write the events of conversations to a file, one JSON object a line',
  details: 'Each line is an event with "sender_id", as Rasa\'s file broker writes it. What users said stands in it: keep the file as private as the conversations.\n',
  options: {
    project: { help: 'folder of the project', default: '.', value: 'FOLDER', short: 'p' },
    store: { help: 'file with the conversations, .attune/conversations.db in the project unless given', default: '', value: 'FILE' },
    out: { help: 'file to write', default: 'events.jsonl', value: 'FILE', short: 'o' },
    minimumTimestamp: { help: 'only events at or after this time, in seconds since 1970', default: '', value: 'SECONDS' },
    maximumTimestamp: { help: 'only events before this time', default: '', value: 'SECONDS' },
    conversationIds: { help: 'only these conversations, with commas between', default: '', value: 'IDS' },
  },
  run: async (options, io) => {
    const [from, until] = [secondsOf(options.minimumTimestamp, -Infinity), secondsOf(options.maximumTimestamp, Infinity)]
    if (from === null || until === null || from > until) {
      io.err('--minimum-timestamp and --maximum-timestamp are seconds since 1970, the first not after the second.\n')
      return exit.usage
    }
    const wanted = new Set(options.conversationIds.split(',').map((id) => id.trim()).filter((id) => id !== ''))
    const store = await openSqliteStore({ path: options.store === '' ? resolve(io.cwd, options.project, '.attune', 'conversations.db') : resolve(io.cwd, options.store) })
    const file = await open(resolve(io.cwd, options.out), 'w', 0o600)
    const found = new Set<string>()
    let count = 0
    try {
      for (let offset = 0; ; offset += pageSize) {
        const ids = await store.conversations(pageSize, offset)
        for (const id of ids) {
          if (wanted.size > 0 && !wanted.has(id)) continue
          found.add(id)
          const lines = (await store.read(id)).filter(({ timestamp }) => timestamp >= from && timestamp < until).map((event) => lineOf(id, event))
          await file.write(lines.join(''))
          count += lines.length
        }
        if (ids.length < pageSize) break
      }
    } finally {
      await file.close()
      await store.close()
    }
    const missing = [...wanted].filter((id) => !found.has(id))
    if (missing.length > 0) io.err(`There is no conversation ${missing.join(', ')}.\n`)
    io.out(`${count} events of ${found.size} conversations written to ${options.out}.\n`)
    return missing.length > 0 ? exit.failed : exit.ok
  },
}

const secondsOf = (text: string, otherwise: number): number | null => {
  if (text === '') return otherwise
  const seconds = Number(text)
  return Number.isFinite(seconds) ? seconds : null
}

/** Without the number, which is attune's own. */
const lineOf = (sender: string, event: Stored<TrackerEvent>): string => `${JSON.stringify({ sender_id: sender, ...event, sequence: undefined })}\n`
