type Known = 'run' | 'shell' | 'llm' | 'interactive' | 'markers' | 'license' | 'studio' | 'tools' | 'telemetry'

/** Commands of Rasa that people type by habit (calm-spec section 13): what there is here instead. */
export const rasaCommands: Readonly<Record<Known, string>> = {
  run: 'attune serve answers over HTTP. Actions need no server of their own: they are modules in actions/, or run where endpoints.yml says.',
  shell: 'attune chat talks in the terminal.',
  llm: 'attune data builds the data set to tune the model on, attune train tunes it.',
  interactive: 'attune has no interactive learning; transcripts of conversations go into data/transcripts.',
  markers: 'attune has no markers; the events of a conversation are at GET /conversations/{id}/tracker of attune serve.',
  license: 'attune needs no licence.',
  studio: 'attune works on files alone; there is no studio to link to.',
  tools: 'attune has no tools command; see attune --help.',
  telemetry: 'attune sends nothing home, so there is nothing to switch off.',
}
