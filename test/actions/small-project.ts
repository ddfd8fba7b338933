import { readProject } from '../../src/project/load.js'
import type { Project } from '../../src/project/types.js'

/** A project from texts by path. Throws with all problems where it has errors. */
export const projectFrom = (files: Readonly<Record<string, string>>, root = '/nowhere'): Project => {
  const { project, problems } = readProject(root, new Map(Object.entries(files)), { env: {}, actionWords: new Set(), problems: [] })
  if (project === null) throw new Error(JSON.stringify(problems, null, 1))
  return project
}

export const bookings = {
  'domain.yml': [
    'slots:',
    '  seats: {type: float, mappings: [{type: from_llm}]}',
    '  place: {type: text, mappings: [{type: controlled}]}',
    'responses:',
    '  utter_ask_seats: [{text: How many seats?}]',
    '  utter_booked: [{text: "Booked {seats} seats, number {number}."}]',
    'actions: [action_book, action_price]',
  ].join('\n'),
  'flows/book.yml': [
    'flows:',
    '  book_table:',
    '    description: Books a table for some people.',
    '    steps:',
    '      - collect: seats',
    '      - action: action_price',
    '      - action: action_book',
    '      - action: utter_booked',
  ].join('\n'),
} as const
