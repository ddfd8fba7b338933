import * as jinja from '@huggingface/jinja'
import type { SlotValue } from '../project/types.js'
import { TemplateFailed } from './errors.js'

// The package's declarations name their files without extensions, which NodeNext does not resolve: so the parts used are declared here.
type Runtime = { readonly value: unknown }
type Scope = { readonly set: (name: string, value: unknown) => Runtime }
type Evaluator = { evaluate(statement: unknown, scope: Scope): Runtime; run(program: unknown): Runtime }
const { Environment, Interpreter, Template } = jinja as unknown as {
  readonly Environment: new (outer?: Scope) => Scope
  readonly Interpreter: new (scope: Scope) => Evaluator
  readonly Template: new (source: string) => { readonly parsed: unknown }
}

/** More than any answer needs; a template that wants more is a mistake that must not stop the server. */
const limits = { templateCharacters: 65_536, outputCharacters: 65_536, steps: 100_000, rangeItems: 1_000 } as const

/** The interpreter works on values of its own, without a way to JavaScript; here it also gets a budget. */
class Bounded extends Interpreter {
  private steps = 0
  override evaluate(statement: unknown, scope: Scope): Runtime {
    if (++this.steps > limits.steps) throw new TemplateFailed(`it takes more than ${limits.steps} steps`)
    const value = super.evaluate(statement, scope)
    if (typeof value.value === 'string' && value.value.length > limits.outputCharacters) {
      throw new TemplateFailed(`it makes more than ${limits.outputCharacters} characters`)
    }
    return value
  }
}

const parsed = new Map<string, unknown>()
const parse = (source: string): unknown => {
  const known = parsed.get(source)
  if (known) return known
  if (source.length > limits.templateCharacters) throw new TemplateFailed(`it is longer than ${limits.templateCharacters} characters`)
  const program = new Template(source).parsed
  if (parsed.size >= 2_000) parsed.clear() // templates come from the project: a reload brings new ones
  parsed.set(source, program)
  return program
}

const range = (start: number, stop?: number, step = 1): readonly number[] => {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  const count = Math.max(0, Math.ceil((to - from) / step))
  if (!(count <= limits.rangeItems)) throw new TemplateFailed(`range() is limited to ${limits.rangeItems} items`)
  return Array.from({ length: count }, (_, index) => from + index * step)
}

/** Renders a Jinja template over `variables`. Values are data: braces in them are never read as a template. Throws TemplateFailed. */
export const renderJinja = (source: string, variables: Readonly<Record<string, SlotValue>>): string => {
  try {
    const environment = new Environment()
    for (const [name, value] of Object.entries({ true: true, false: false, none: null, True: true, False: false, None: null, range })) environment.set(name, value)
    const inner = new Environment(environment)
    for (const [name, value] of Object.entries(variables)) inner.set(name, value)
    return String(new Bounded(inner).run(parse(source)).value)
  } catch (error) {
    if (error instanceof TemplateFailed) throw error
    throw new TemplateFailed(error instanceof Error ? error.message : String(error))
  }
}
