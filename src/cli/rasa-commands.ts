type Known = 'run' | 'shell' | 'inspect' | 'export' | 'llm' | 'interactive' | 'markers' | 'license' | 'studio' | 'tools' | 'telemetry'

/** Commands of Rasa that people type by habit (calm-spec section 13): what there is here instead. */
export const rasaCommands: Readonly<Record<Known, string>> = {
  run: 'attune serve answers over HTTP. Actions need no server of their own: they are modules in actions/, or run where endpoints.yml says.',
  shell: 'attune chat talks in the terminal.',
  inspect: 'attune has no inspector in the browser. attune chat talks in the terminal; GET /conversations/{id}/tracker of attune serve shows stack, slots and events.',
  export: 'attune has no event brokers to export to; GET /conversations and /conversations/{id}/tracker of attune serve give every event.',
  llm: 'attune data builds the data set to tune the model on, attune train tunes it.',
  interactive: 'attune has no interactive learning; transcripts of conversations go into data/transcripts.',
  markers: 'attune has no markers; the events of a conversation are at GET /conversations/{id}/tracker of attune serve.',
  license: 'attune needs no licence.',
  studio: 'attune works on files alone; there is no studio to link to.',
  tools: 'attune has no tools command; see attune --help.',
  telemetry: 'attune sends nothing home, so there is nothing to switch off.',
}
