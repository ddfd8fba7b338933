import { flowIndex } from '../dialogue/flow-index.js'
import type { LegalCommands } from '../dialogue/legal.js'
import type { Situation, SituationSlot } from '../dialogue/situation.js'
import type { Project, Slot, SlotValue } from '../project/types.js'

export type ChatMessage = { readonly role: 'system' | 'user'; readonly content: string }

/**
 * The situation written out for a model that was not tuned for this project: every flow with its slots, the state,
 * the conversation, the commands. Much longer than the tuned model's prompt, which has all of that in its weights.
 */
export const fullPrompt = (project: Project, situation: Situation, legal: LegalCommands, message: string): readonly ChatMessage[] => [
  // What changes least comes first, so that servers can keep it between turns.
  { role: 'system', content: [introduction, rules, flowList(project, legal), commandList(legal)].join('\n\n') },
  // The message travels as JSON: whatever it says, it cannot pass for a part of the instructions.
  { role: 'user', content: [stateOf(situation), transcriptOf(situation), `New message of the user, as a JSON string:\n${JSON.stringify(message)}`, 'Commands:'].join('\n\n') },
]

const introduction = `You are the ears of an assistant. You read one message of its user and write commands for the assistant's dialogue engine.
You never talk to the user yourself. Write one command on each line, and nothing else.`

const commandLines: readonly (readonly [allowed: (legal: LegalCommands) => boolean, line: string])[] = [
  [({ startable }) => startable.length > 0, 'start flow FLOW - the user wants what this flow does'],
  [() => true, 'set slot SLOT VALUE - the message gives a value for a slot of the current flow or of a flow you start; VALUE in the user\'s own words'],
  [({ cancel }) => cancel, 'cancel flow - the user no longer wants to go on with the current flow'],
  [({ clarify }) => clarify, 'disambiguate flows FLOW FLOW - the message could mean any of these flows; alone on its line and without other commands'],
  [({ skip }) => skip, 'skip question - the user does not want to answer the question just asked'],
  [({ chitchat }) => chitchat, 'offtopic reply - small talk'],
  [({ knowledge }) => knowledge, 'provide info - a general question that no flow answers'],
  [({ repeat }) => repeat, 'repeat message - the user wants to hear the last message again'],
  [({ handoff }) => handoff, 'hand over - the user wants to talk to a person'],
  [() => true, 'cannot handle - nothing of the above fits'],
]
const commandList = (legal: LegalCommands): string =>
  ['Commands you may write:', ...commandLines.filter(([allowed]) => allowed(legal)).map(([, line]) => `- ${line}`)].join('\n')

const rules = `Use only the flows, slots and values listed. Never invent a value the user did not give. Start a flow before you set its slots.
A correction is written as set slot with the new value. A message may need several commands, or one.`

const flowList = (project: Project, { startable }: LegalCommands): string =>
  startable.length === 0 ? 'No flow can be started now.' : ['Flows that can be started:', ...startable.map((id) => flowText(project, id))].join('\n')

const flowText = (project: Project, id: string): string => {
  const flow = project.flows.get(id)
  const places = flowIndex(project, id)?.collects ?? []
  const slots = (flowIndex(project, id)?.slots ?? []).flatMap((name) => {
    const slot = project.slots.get(name)
    if (slot === undefined || slot.type === 'list') return []
    const description = places.find(({ step }) => step.slot === name && step.description !== null)?.step.description ?? null
    return [`  slot ${name} (${kindOf(slot)})${description === null ? '' : `: ${description}`}`]
  })
  return [`- ${id}: ${flow?.description ?? ''}`, ...slots].join('\n')
}

const kindOf = ({ type, values }: Pick<Slot, 'type' | 'values'>): string => {
  switch (type) {
    case 'bool': return 'true or false'
    case 'categorical': return `one of: ${values.join(', ')}`
    case 'float': return 'number'
    case 'text': case 'any': case 'list': return 'text'
  }
}

const stateOf = ({ flow, asked, slots, interrupted }: Situation): string => [
  flow === null ? 'No flow is active.' : `Current flow: ${flow}`,
  ...(interrupted.length === 0 ? [] : [`Waiting flows: ${interrupted.join(', ')}`]),
  ...(asked === null ? [] : [`The user was just asked for the slot ${asked}.`]),
  ...(slots.length === 0 ? [] : ['Slots of the current flow:', ...slots.map(slotText)]),
].join('\n')

const slotText = (slot: SituationSlot): string =>
  `- ${slot.name} (${kindOf(slot)})${slot.description === null ? '' : `: ${slot.description}`} = ${valueOf(slot.value)}`

const valueOf = (value: SlotValue): string => (value === null ? 'not set' : JSON.stringify(value))

const transcriptOf = ({ transcript }: Situation): string =>
  ['Conversation so far:', ...(transcript.length === 0 ? ['(nothing yet)'] : transcript.map(({ who, text }) => `${who === 'bot' ? 'ASSISTANT' : 'USER'}: ${text.replaceAll(/\s+/g, ' ')}`))].join('\n')
