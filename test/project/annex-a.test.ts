import { describe, expect, it } from 'vitest'
import { slotsOfFlow } from '../../src/project/flow-graph.js'
import { annexDomain as domain, annexFlows as flows } from './annex-a.js'
import { load, loaded } from './in-memory.js'

const names = ['utter_ask_station', 'utter_bad_station', 'utter_no_mars', 'utter_how_long', 'utter_too_long', 'utter_ask_plan', 'utter_ask_rental_ok', 'utter_ask_stars', 'utter_thanks']
const responses = `responses:\n${names.map((name) => `  ${name}: [{text: ...}]`).join('\n')}\n`

describe('the project of annex A', () => {
  const project = (): ReturnType<typeof loaded> => loaded({ 'data/flows.yml': flows, 'domain/domain.yml': domain, 'domain/responses.yml': responses })

  it('has nothing to complain of but missing responses and a threshold that no classifier reads', () => {
    const { problems } = load({ 'data/flows.yml': flows, 'domain.yml': domain })
    expect(problems.map(({ code, place }) => `${place?.file ?? ''}:${place?.line ?? 0} ${code}`)).toEqual([
      'data/flows.yml:7 not-supported', // confidence_threshold
      'data/flows.yml:11 no-way-to-ask', // utter_ask_station
      'data/flows.yml:15 unknown-response', // utter_bad_station
      'data/flows.yml:18 no-way-to-ask', // utter_how_long
      'data/flows.yml:22 unknown-response', // utter_too_long
      'data/flows.yml:32 no-way-to-ask', // utter_ask_rental_ok
      'data/flows.yml:52 no-way-to-ask', // utter_ask_plan
      'data/flows.yml:57 no-way-to-ask', // utter_ask_stars
      'data/flows.yml:58 unknown-response', // utter_thanks
      'domain.yml:2 unknown-response', // utter_no_mars
      'domain.yml:2 no-way-to-ask', // utter_ask_station
    ])
    expect(load({ 'data/flows.yml': flows, 'domain/domain.yml': domain, 'domain/responses.yml': responses }).problems).toMatchObject([{ code: 'not-supported', place: { line: 7 } }])
  })

  it('keeps every key of the flow', () => {
    expect(project().flows.get('rent_bike')).toMatchObject({
      name: 'bike rental',
      guard: { kind: 'not', of: { kind: 'truthy', of: { kind: 'slot', name: 'blocked' } } },
      nluTriggers: [{ intent: 'rent', confidenceThreshold: 0.6 }],
      alwaysIncludeInPrompt: true,
      persistedSlots: ['station'],
      runPatternCompleted: true,
      isPattern: false,
      place: { file: 'data/flows.yml', line: 2, column: 3 },
    })
    expect(project().flows.get('rate_us')).toMatchObject({ name: 'rate_us', guard: null, runPatternCompleted: false })
  })

  it('flattens nested steps in the order of the file', () => {
    expect(project().flows.get('rent_bike')?.steps.map(({ id, kind, next }) => [id, kind, next.kind === 'go' ? next.to : [...next.branches.map(({ to }) => to), next.otherwise]])).toEqual([
      ['0_collect_station', 'collect', { step: 'hours_step' }],
      ['hours_step', 'collect', [{ step: '2_action_utter_too_long' }, { step: '4_call_choose_plan' }, { step: 'confirm' }]],
      ['2_action_utter_too_long', 'action', { step: '3_set_slots_hours' }],
      ['3_set_slots_hours', 'set_slots', { step: 'hours_step' }],
      ['4_call_choose_plan', 'call', { step: 'confirm' }],
      ['confirm', 'collect', [{ step: 'book' }, 'END']],
      ['book', 'action', { step: '7_noop' }],
      ['7_noop', 'noop', [{ step: '8_link_pattern_human_handoff' }, { step: '9_link_rate_us' }]],
      ['8_link_pattern_human_handoff', 'link', 'END'],
      ['9_link_rate_us', 'link', 'END'],
    ])
  })

  it('never offers choose_plan, and lists its slot among those of rent_bike', () => {
    const { flows: all } = project()
    expect(all.get('choose_plan')?.guard).toEqual({ kind: 'truthy', of: { kind: 'literal', value: false } })
    const rental = all.get('rent_bike')
    expect(rental === undefined ? [] : [...slotsOfFlow(rental, all)]).toEqual(['station', 'hours', 'rental_ok', 'plan'])
  })

  it('reads collect steps and slots with their rules', () => {
    const { flows: all, slots } = project()
    expect(all.get('rent_bike')?.steps[0]).toMatchObject({ description: 'name of the docking station', utter: 'utter_ask_station', rejections: [{ utter: 'utter_bad_station' }] })
    expect(all.get('rent_bike')?.steps[5]).toMatchObject({ askBeforeFilling: true, forceSlotFilling: true, resetAfterFlowEnds: true })
    expect(slots.get('station')).toMatchObject({ type: 'text', validation: { refillUtter: 'utter_ask_station', rejections: [{ utter: 'utter_no_mars' }] } })
    expect(slots.get('hours')).toMatchObject({ type: 'float', minimum: 1, maximum: 72, mappings: [{ type: 'from_llm' }] })
    expect(slots.get('plan')).toMatchObject({ type: 'categorical', values: ['basic', 'plus'] })
    expect(slots.get('blocked')).toMatchObject({ initialValue: false, mappings: [{ type: 'controlled' }] })
  })
})
