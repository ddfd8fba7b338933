import { setSlot, type Action, type ActionAnswer, type ActionRequest, type Actions } from '../src/actions/action.js'
import type { SlotValue } from '../src/project/types.js'
import {
  contactNamed, customerOf, entriesOf, euros, nextNumber, once,
  type Account, type Card, type Customer, type Entry, type Period,
} from './ledger.js'

/** A slot this action cannot work without. Flows collect it first, so a miss is a mistake in a flow. */
class SlotMissing extends Error {
  override readonly name = 'SlotMissing'
  constructor(readonly action: string, readonly slot: string) {
    super(`${action} needs the slot ${slot}, collect it before this step`)
  }
}

const text = ({ action, slots }: ActionRequest, slot: string): string => {
  const value = slots[slot]
  if (typeof value !== 'string') throw new SlotMissing(action, slot)
  return value
}
const number = ({ action, slots }: ActionRequest, slot: string): number => {
  const value = slots[slot]
  if (typeof value !== 'number') throw new SlotMissing(action, slot)
  return value
}
const oneOf = <T extends string>(values: readonly T[], request: ActionRequest, slot: string): T => {
  const value = values.find((known) => known === request.slots[slot])
  if (value === undefined) throw new SlotMissing(request.action, slot)
  return value
}
const cardOf = (request: ActionRequest): Card => oneOf<Card>(['debit', 'credit'], request, 'card_type')
const accountOf = (request: ActionRequest): Account => oneOf<Account>(['current', 'savings'], request, 'account')
const periodOf = (request: ActionRequest): Period => oneOf<Period>(['today', 'this week', 'this month', 'last month'], request, 'period')

const say = (utter: string, variables: Readonly<Record<string, SlotValue>> = {}): ActionAnswer => ({ messages: [{ utter, variables }] })
const bank = (work: (customer: Customer, request: ActionRequest) => ActionAnswer): Action => (request) =>
  work(customerOf(request.conversation), request)

const line = ({ text: what, sum }: Entry): string => `${what}: ${sum > 0 ? '+' : ''}${euros(sum)}`
const lines = (entries: readonly Entry[]): ActionAnswer =>
  entries.length === 0 ? say('utter_no_transactions') : say('utter_transactions', { lines: entries.map(line).join('\n') })

export const actions: Actions = {
  action_check_funds: bank((customer, request) => ({
    events: [setSlot('funds_sufficient', number(request, 'amount') <= customer.balances.current)],
  })),

  action_execute_transfer: bank((customer, request) =>
    say('utter_transfer_done', once(customer, request.idempotencyKey, () => {
      const sum = number(request, 'amount')
      const payee = text(request, 'recipient')
      customer.balances.current -= sum
      customer.entries.unshift({ period: 'today', text: payee, sum: -sum })
      return { sent: euros(sum), payee, reference: `T${nextNumber(customer)}` }
    }))),

  action_create_standing_order: bank((_customer, request) =>
    say('utter_standing_order_created', {
      sum: euros(number(request, 'amount')), payee: text(request, 'recipient'), rhythm: text(request, 'frequency'),
    })),

  action_open_dispute: bank((customer, request) =>
    say('utter_dispute_opened', once(customer, request.idempotencyKey, () => ({
      shop: text(request, 'merchant'), case: `D${nextNumber(customer)}`,
    })))),

  action_show_all_balances: bank(({ balances }) =>
    say('utter_all_balances', { current_balance: euros(balances.current), savings_balance: euros(balances.savings) })),

  action_show_balance: bank(({ balances }, request) => {
    const account = accountOf(request)
    return say('utter_balance', { account_name: account, balance: euros(balances[account]) })
  }),

  action_list_transactions: bank((customer, request) =>
    lines(typeof request.slots.transaction_count === 'number'
      ? customer.entries.slice(0, request.slots.transaction_count)
      : entriesOf(customer, periodOf(request)))),

  action_check_card: bank(({ blocked }, request) => ({
    events: [setSlot('card_blocked', blocked.has(cardOf(request)))],
  })),

  action_block_card: bank(({ blocked }, request) => {
    blocked.add(cardOf(request))
    return {}
  }),

  action_order_card: bank((customer, request) => {
    const kind = cardOf(request)
    customer.blocked.delete(kind)
    return say('utter_card_ordered', { kind, destination: customer.address })
  }),

  action_set_travel_notice: bank((_customer, request) =>
    say('utter_travel_notice_set', { place: text(request, 'travel_country'), end: text(request, 'travel_until') })),

  action_check_contact: bank((customer, request) => ({
    events: [setSlot('contact_known', contactNamed(customer, text(request, 'contact_name')) !== undefined)],
  })),

  action_add_contact: bank((customer, request) => {
    const name = text(request, 'contact_name')
    customer.contacts.set(name, text(request, 'account_number'))
    return say('utter_contact_saved', { name })
  }),

  action_remove_contact: bank((customer, request) => {
    const asked = text(request, 'contact_name')
    const name = contactNamed(customer, asked) ?? asked
    customer.contacts.delete(name)
    return say('utter_contact_removed', { name })
  }),

  action_list_contacts: bank(({ contacts }) =>
    contacts.size === 0 ? say('utter_no_contacts') : say('utter_contacts', { names: [...contacts.keys()].join(', ') })),

  action_load_address: bank(({ address }) => ({ events: [setSlot('address_on_file', address)] })),

  action_change_address: bank((customer, request) => {
    customer.address = `${text(request, 'street')}, ${text(request, 'city')}`
    return say('utter_address_changed', { address: customer.address })
  }),

  action_request_callback: bank((_customer, request) =>
    say('utter_callback_arranged', { number: text(request, 'phone_number'), daytime: text(request, 'callback_time') })),
}
