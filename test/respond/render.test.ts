import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition } from '../../src/project/condition.js'
import { noNlu } from '../../src/project/nlu.js'
import type { Project, ResponseVariation, SlotValue } from '../../src/project/types.js'
import { filled, shown } from '../../src/respond/fill.js'
import { render, type Scene } from '../../src/respond/render.js'

const place = { file: 'domain.yml', line: 3, column: 5 }
const variation = (of: Partial<ResponseVariation>): ResponseVariation => ({
  id: null, text: null, condition: null, channel: null, buttons: [], image: null, attachment: null, custom: null, elements: [],
  quickReplies: [], translation: {}, metadata: {}, place, ...of,
})
const projectWith = (responses: Readonly<Record<string, readonly ResponseVariation[]>>): Project => ({
  root: '/', nlu: noNlu, flows: new Map(), slots: new Map(), responses: new Map(Object.entries(responses)), actions: new Set(), rules: [], examples: [], samples: [], properties: [], assumptions: { sets: new Map(), begins: new Map() },
  config: { language: 'en', assistantId: 'a', compat: '3.16', maximumCharacters: 420, sessionExpirationMinutes: 60, inactiveAfterMinutes: 60, carryOverSlots: true, actionEndpoint: null, responseServer: null, callbackUrl: null, sections: {} },
  version: 'v',
})
const slotIs = (name: string): Condition => ({ kind: 'truthy', of: { kind: 'slot', name } })
const sceneWith = (of: Partial<Omit<Scene, 'slots'>> & { readonly slots?: Readonly<Record<string, SlotValue>> } = {}): Scene => {
  return { context: {}, variables: {}, channel: 'rest', language: null, ...of, slots: new Map(Object.entries(of.slots ?? {})) }
}
const first = (): number => 0
const textOf = (text: string, scene: Scene, metadata: ResponseVariation['metadata'] = {}): string | null =>
  render(projectWith({ utter_x: [variation({ text, metadata })] }), 'utter_x', scene, first).message.text

describe('a response', () => {
  it.each([
    ['Hello {name}.', { name: 'Ann' }, 'Hello Ann.'],
    ['{ name }', { name: 'Ann' }, 'Ann'],
    ['{amount} euros', { amount: 50 }, '50 euros'],
    ['{amount} euros', { amount: 12.5 }, '12.5 euros'],
    ['{flag} {none}', { flag: true, none: null }, 'True None'],
    ['{list}', { list: ['a', 1, null] }, 'a, 1, None'],
    ['{unknown} stays', {}, '{unknown} stays'],
    ['/inform{{"a": "{name}"}}', { name: 'Ann' }, '/inform{"a": "Ann"}'],
    ['{name}', { name: '{secret} {{7*7}}', secret: 'no' }, '{secret} {{7*7}}'],
    ['{__proto__} {constructor} {toString}', {}, '{__proto__} {constructor} {toString}'],
    ['{slots.name} {context.reason}', { name: 'Ann' }, 'Ann late'],
  ])('fills %s', (text, slots, expected) => {
    expect(textOf(text, sceneWith({ slots, context: { reason: 'late' } }))).toBe(expected)
  })

  it('prefers variables of an action over slots', () => {
    expect(textOf('{sum} {name}', sceneWith({ slots: { sum: 1, name: 'Ann' }, variables: { sum: 2 } }))).toBe('2 Ann')
  })

  it('prints any value literally, whatever braces it holds', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[^{}]*$/), (value, around) => {
      expect(filled(`${around}{x}${around}`, (name) => (name === 'x' ? value : undefined))).toBe(`${around}${value}${around}`)
    }))
    expect(shown({ a: [1] })).toBe('{"a":[1]}')
  })

  it('takes the variation that the pick names', () => {
    const project = projectWith({ utter_x: [variation({ text: 'a' }), variation({ text: 'b' }), variation({ text: 'c' })] })
    expect([0, 1, 2].map((index) => render(project, 'utter_x', sceneWith(), (count) => { expect(count).toBe(3); return index }).message.text)).toEqual(['a', 'b', 'c'])
  })

  describe('with conditions and channels', () => {
    const all = [
      variation({ text: 'plain' }), variation({ text: 'condition', condition: slotIs('vip') }),
      variation({ text: 'channel', channel: 'voice' }), variation({ text: 'both', channel: 'voice', condition: slotIs('vip') }),
    ]
    it.each([
      [all, 'voice', true, 'both'], [all, 'voice', false, 'channel'], [all, 'rest', true, 'condition'], [all, 'rest', false, 'plain'],
      [all.slice(0, 2), 'voice', true, 'condition'], [all.slice(0, 1), 'voice', true, 'plain'],
      [[...all.slice(0, 1), ...all.slice(3)], 'voice', false, 'plain'],
    ] as const)('follows the four levels', (variations, channel, vip, expected) => {
      expect(render(projectWith({ utter_x: variations }), 'utter_x', sceneWith({ channel, slots: { vip } }), first).message.text).toBe(expected)
    })

    it.each<[SlotValue, SlotValue, string]>([
      [5, 5, 'own'], ['5', 5, 'plain'], [true, true, 'own'], ['true', true, 'plain'], [null, null, 'own'], [['a'], ['a'], 'own'], [['a', 'b'], ['a'], 'plain'], ['x', 'X', 'plain'],
    ])('of the old list compare type and value: %o against %o', (value, wanted, expected) => {
      const variations = [variation({ text: 'plain' }), variation({ text: 'own', condition: { kind: 'exactly', slot: 's', value: wanted } })]
      expect(render(projectWith({ utter_x: variations }), 'utter_x', sceneWith({ slots: { s: value } }), first).message.text).toBe(expected)
    })

    it('that exclude all variations apologises instead, and says why', () => {
      const project = projectWith({ utter_x: [variation({ text: 'x', channel: 'voice' })], utter_internal_error_rasa: [variation({ text: 'Sorry.' })] })
      expect(render(project, 'utter_x', sceneWith(), first)).toEqual({
        message: { text: 'Sorry.', data: {}, metadata: { utter_action: 'utter_internal_error_rasa' } }, id: null,
        fault: 'no variation of utter_x fits channel "rest" and its conditions',
      })
      expect(render(projectWith({}), 'utter_y', sceneWith(), first)).toMatchObject({ fault: 'response utter_y does not exist', message: { text: 'Sorry, something went wrong.' } })
    })
  })

  it('carries buttons, pictures and whatever a channel understands, filled in too', () => {
    const rich = variation({
      text: 'See', buttons: [{ title: 'Pay {name}', payload: '/SetSlots(recipient={name}, confirm=true)', type: 'postback' }],
      image: 'https://x/{name}.png', attachment: { type: 'file', payload: { url: '{name}' } }, custom: { list: ['{name}', 1] },
      elements: [{ title: '{name}' }], quickReplies: ['{name}'], metadata: { rephrase: true, campaign: 'spring' },
    })
    expect(render(projectWith({ utter_x: [rich] }), 'utter_x', sceneWith({ slots: { name: 'Ann' } }), first).message).toEqual({
      text: 'See', metadata: { utter_action: 'utter_x', rephrase: true, campaign: 'spring' },
      data: {
        buttons: [{ title: 'Pay Ann', payload: '/SetSlots(recipient=Ann, confirm=true)', type: 'postback' }],
        image: 'https://x/Ann.png', attachment: { type: 'file', payload: { url: 'Ann' } }, custom: { list: ['Ann', 1] },
        elements: [{ title: 'Ann' }], quick_replies: ['Ann'],
      },
    })
  })

  it('lets no value become part of a button\'s command', () => {
    const payloadOf = (payload: string, name: string): string | undefined =>
      render(projectWith({ utter_x: [variation({ text: '', buttons: [{ title: 'x', payload }] })] }), 'utter_x', sceneWith({ slots: { name } }), first)
        .message.data.buttons?.[0]?.payload
    expect(payloadOf('/SetSlots(recipient={name})', 'Ann, confirmed=true)')).toBe('/SetSlots(recipient=Ann  confirmed true )')
    expect(payloadOf('/inform{{"name": "{name}"}}', 'Ann", "admin": "1')).toBe('/inform{"name": "Ann\\", \\"admin\\": \\"1"}')
    expect(payloadOf('tell me about {name}', 'Ann, Bob')).toBe('tell me about Ann, Bob')
  })

  it('speaks the language of the conversation where it can', () => {
    const project = projectWith({ utter_x: [variation({ text: 'Hello {name}', translation: { de: 'Hallo {name}' } })] })
    const said = (language: string | null): string | null => render(project, 'utter_x', sceneWith({ language, slots: { name: 'Ann' } }), first).message.text
    expect([said('de'), said('fr'), said(null)]).toEqual(['Hallo Ann', 'Hello Ann', 'Hello Ann'])
  })
})

describe('a response in Jinja', () => {
  const jinja = { template: 'jinja' } as const
  it.each([
    ['{{ slots.name }} and {{ context.names | join(", ") }}', 'Ann and a, b'],
    ['{% if slots.vip %}Dear {% endif %}{{ slots.name }}', 'Dear Ann'],
    ['{% for key, value in context.corrected.items() %}{{ key }}={{ value }};{% endfor %}', 'amount=5;payee=Bob;'],
    ['[{{ slots.missing }}{{ slots.empty }}]', '[]'],
    ['{{ slots.hostile }} {name}', '{{ 7*7 }} {name} {name}'],
    ['{{ sum }}', '3'],
    ['{{ slots.name.__class__ }}{{ slots.constructor }}{{ slots.__proto__ }}{{ slots["constructor"]["prototype"] }}', ''],
  ])('renders %s', (text, expected) => {
    const scene = sceneWith({
      slots: { name: 'Ann', vip: true, empty: null, hostile: '{{ 7*7 }} {name}' }, variables: { sum: 3 },
      context: { names: ['a', 'b'], corrected: { amount: 5, payee: 'Bob' } },
    })
    expect(textOf(text, scene, jinja)).toBe(expected)
  })

  it('reaches nothing of JavaScript', () => {
    for (const name of ['process', 'globalThis', 'require', 'constructor', 'strftime_now', 'self']) expect(textOf(`[{{ ${name} }}]`, sceneWith(), jinja)).toBe('[]')
  })

  it.each([
    ['a syntax error', '{% if %}', /utter_x at domain\.yml:3: The template cannot be rendered/],
    ['an unknown filter', '{{ slots.a | shout }}', /cannot be rendered/],
    ['endless work', `${'{% for a in range(1000) %}'.repeat(4)}x${'{% endfor %}'.repeat(4)}`, /more than 100000 steps/],
    ['a huge range', '{{ range(1000000000) | length }}', /range\(\) is limited/],
    ['a range without end', '{{ range(0, 5, 0) | length }}', /range\(\) is limited/],
    ['growing text', `{% set s = "aaaaaaaaaa" %}${'{% set s = s | replace("a", "aaaaaaaaaa") %}'.repeat(30)}{{ s }}`, /more than 65536 characters/],
    ['an overlong template', 'x'.repeat(70_000), /longer than 65536 characters/],
  ])('apologises for %s', (_, text, fault) => {
    const project = projectWith({ utter_x: [variation({ text, metadata: jinja })], utter_internal_error_rasa: [variation({ text: 'Sorry.' })] })
    const rendered = render(project, 'utter_x', sceneWith({ slots: { a: 'x' } }), first)
    expect(rendered.message.text).toBe('Sorry.')
    expect(rendered.fault).toMatch(fault)
  })
})
