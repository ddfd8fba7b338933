import type { SlotValue } from '../src/project/types.js'

export type Period = 'today' | 'this week' | 'this month' | 'last month'
export type Entry = { readonly period: Period; readonly text: string; readonly sum: number }
export type Account = 'current' | 'savings'
export type Card = 'debit' | 'credit'

/** One customer as the sample bank sees them. Held in memory only: a restart forgets it. */
export type Customer = {
  readonly balances: Record<Account, number>
  readonly blocked: Set<Card>
  readonly contacts: Map<string, string>
  readonly entries: Entry[]
  address: string
  /** Answers already given, by idempotency key: asked again, the bank repeats itself and does nothing. */
  readonly done: Map<string, Readonly<Record<string, SlotValue>>>
  lastNumber: number
}

const newCustomer = (): Customer => ({
  balances: { current: 2450.5, savings: 8200 },
  blocked: new Set(),
  contacts: new Map([['Ann', '11223344'], ['Bob', '55667788'], ['Mum', '10203040']]),
  entries: [
    { period: 'today', text: 'Corner Bakery', sum: -4.2 },
    { period: 'today', text: 'City Tram', sum: -2.8 },
    { period: 'this week', text: 'Greenfield Market', sum: -63.15 },
    { period: 'this week', text: 'Book Nook', sum: -18 },
    { period: 'this month', text: 'Salary', sum: 2310 },
    { period: 'this month', text: 'Rent', sum: -780 },
    { period: 'last month', text: 'Lakeside Hotel', sum: -212.4 },
    { period: 'last month', text: 'Power and Light', sum: -71.9 },
  ],
  address: '12 Harbour Street, Dublin',
  done: new Map(),
  lastNumber: 1000,
})

/** Enough for a demonstration; the longest-known customer goes first. */
const maximumCustomers = 10_000
const customers = new Map<string, Customer>()

export const customerOf = (conversation: string): Customer => {
  const known = customers.get(conversation)
  if (known !== undefined) return known
  if (customers.size >= maximumCustomers) for (const oldest of customers.keys()) { customers.delete(oldest); break }
  const customer = newCustomer()
  customers.set(conversation, customer)
  return customer
}

/** Does the work the first time the key is seen, and gives the same answer each time after. */
export const once = (
  customer: Customer,
  key: string,
  work: () => Readonly<Record<string, SlotValue>>,
): Readonly<Record<string, SlotValue>> => {
  const before = customer.done.get(key)
  if (before !== undefined) return before
  const answer = work()
  customer.done.set(key, answer)
  return answer
}

export const nextNumber = (customer: Customer): number => {
  customer.lastNumber += 1
  return customer.lastNumber
}

/** Later periods hold earlier ones: this week's payments are this month's too. */
const spans: Readonly<Record<Period, readonly Period[]>> = {
  'today': ['today'],
  'this week': ['today', 'this week'],
  'this month': ['today', 'this week', 'this month'],
  'last month': ['last month'],
}
export const entriesOf = (customer: Customer, period: Period): readonly Entry[] =>
  customer.entries.filter((entry) => spans[period].includes(entry.period))

/** Contacts are found whatever the casing: people type "ann". */
export const contactNamed = (customer: Customer, name: string): string | undefined =>
  [...customer.contacts.keys()].find((known) => known.toLowerCase() === name.trim().toLowerCase())

/** 50 -> "50", 12.5 -> "12.50". */
export const euros = (sum: number): string => (Number.isInteger(sum) ? String(sum) : sum.toFixed(2))
