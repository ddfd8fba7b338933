import type { Project, ResponseVariation } from '../project/types.js'

/** The domain as Rasa writes it, without what only the source files know (comments, order over files). */
export const domainJson = (project: Project): Readonly<Record<string, unknown>> => ({
  version: '3.1',
  session_config: {
    session_expiration_time: project.config.sessionExpirationMinutes,
    carry_over_slots_to_new_session: project.config.carryOverSlots,
  },
  intents: [...new Set(project.rules.map(({ intent }) => intent))],
  entities: [],
  slots: Object.fromEntries([...project.slots].map(([name, slot]) => [name, {
    type: slot.type,
    ...(slot.initialValue !== null && { initial_value: slot.initialValue }),
    ...(slot.values.length > 0 && { values: slot.values }),
    ...(slot.minimum !== null && { min_value: slot.minimum }),
    ...(slot.maximum !== null && { max_value: slot.maximum }),
    mappings: slot.mappings,
  }])),
  responses: Object.fromEntries([...project.responses].map(([name, variations]) => [name, variations.map(variationJson)])),
  actions: [...project.actions],
})

const variationJson = (variation: ResponseVariation): Readonly<Record<string, unknown>> => {
  const { id, text, channel, buttons, image, attachment, custom, elements, quickReplies, translation, metadata } = variation
  const given: Readonly<Record<string, unknown>> = {
    id, text, channel, image, attachment, custom,
    buttons: buttons.length > 0 ? buttons : null,
    elements: elements.length > 0 ? elements : null,
    quick_replies: quickReplies.length > 0 ? quickReplies : null,
    translation: Object.keys(translation).length > 0 ? translation : null,
    metadata: Object.keys(metadata).length > 0 ? metadata : null,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
}
