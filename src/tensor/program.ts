import { add, dispose, engine, grads, mul, registerGradient, registerKernel, sum, tidy, type NamedTensorMap, type Scalar, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core'
import { bool } from './attributes.js'
import { TensorFlowBackend } from './backend.js'
import type { ElementType } from './dtype.js'
import type { Described } from './eager.js'
import { CannotTrace } from './errors.js'
import { openRecorder } from './recorder.js'
import type { Session } from './session.js'

/** Plain tfjs code from tensors to tensors, with no effect and no look at values: the shapes alone decide what it does. */
export type Program = (...inputs: Tensor[]) => Tensor[]
export type Fusable = {
  readonly name: string
  readonly program: Program
  /** How each result is stored; the program itself computes in float32. */
  readonly results: readonly ElementType[]
  /** Positions of inputs that never need a gradient: frozen scales, tables, indices. */
  readonly constants?: readonly number[]
  /** Gradients of the other inputs, in order, from inputs, results and the results' gradients. Without it, what tfjs derives. */
  readonly gradient?: (inputs: readonly Tensor[], results: readonly Tensor[], dys: readonly Tensor[]) => Tensor[]
}

/** Functions made so far of one program, by the types and shapes they were made for. */
const made = new WeakMap<Fusable, Map<string, string>>()
const functionsOf = (one: Fusable): Map<string, string> => {
  const functions = made.get(one) ?? new Map<string, string>()
  made.set(one, functions)
  return functions
}

const kernelName = 'AttuneProgram'
const mostResults = 8

/**
 * The program as one operation: written down once per set of shapes as a TensorFlow function, fused by XLA into few loops, and
 * differentiable, its gradient being one such operation too. On another tfjs backend it is called as it is.
 */
export const compiled = (one: Fusable): Program => (...inputs) => {
  const backend = engine().backend
  if (!(backend instanceof TensorFlowBackend) || backend.isRecording) return one.program(...inputs)
  return engine().runKernel(kernelName, inputs as unknown as NamedTensorMap, { one: one as never })
}

/** Makes something once for each shape: programs of one shape are shared, and with them what is compiled of these. */
export const oncePerShape = <Shape extends readonly unknown[], Made>(make: (...shape: Shape) => Made): ((...shape: Shape) => Made) => {
  const known = new Map<string, Made>()
  return (...shape) => {
    const key = JSON.stringify(shape)
    const found = known.get(key) ?? make(...shape)
    known.set(key, found)
    return found
  }
}

/** The result of a program that has one. */
export const only = ([result]: readonly (Tensor | undefined)[]): Tensor => {
  if (result === undefined) throw new RangeError('A program without results')
  return result
}

/** The results of a program that has two. */
export const pair = ([first, second]: readonly Tensor[]): [Tensor, Tensor] => {
  if (first === undefined || second === undefined) throw new RangeError('A program with fewer than two results')
  return [first, second]
}

/** Gives tfjs the operation that runs compiled programs, and its gradient. */
export const registerPrograms = (backendName: string, session: Session): void => {
  registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => forward(session, (attrs as unknown as { one: Fusable }).one, Object.values(inputs) as TensorInfo[]),
  })
  registerGradient({
    kernelName,
    saveAllInputs: true,
    outputsToSave: new Array<boolean>(mostResults).fill(true),
    gradFunc: (dy, saved, attrs) => {
      const { one } = attrs as unknown as { one: Fusable }
      const constants = new Set(one.constants)
      const inputs = saved.slice(0, saved.length - one.results.length)
      const wanted = inputs.map((_, index) => index).filter((index) => !constants.has(index))
      const dys = Array.isArray(dy) ? dy : [dy]
      // All at once and now: made inside one of the functions returned here, tfjs would tidy the others away.
      const computed = backward(session, one, inputs, saved.slice(inputs.length), dys, wanted)
      dispose([...dys, ...saved]) // their last use; tfjs would hold them to the end of the pass
      return Object.fromEntries(computed.map((gradient, at): [string, () => Tensor] => [String(wanted[at]), () => gradient]))
    },
  })
}

const forward = (session: Session, one: Fusable, inputs: readonly TensorInfo[]): TensorInfo[] =>
  call(session, one, 'forward', inputs, one.results.length, (wide) => narrowed(session, one.program(...wide), one.results))

/** Gradients of sum_i <result_i, dy_i> by the inputs in `wanted`, each stored as its input is. */
const backward = (
  session: Session, one: Fusable, inputs: readonly Tensor[], results: readonly Tensor[], dys: readonly Tensor[], wanted: readonly number[],
): Tensor[] => {
  const types = wanted.map((index) => storedType(session.backend, inputs[index]))
  const given = one.gradient === undefined ? inputs : [...inputs, ...results]
  const made = call(session, one, 'backward', [...given, ...dys], wanted.length, (wide) => {
    const values = wide.slice(0, inputs.length)
    const seeds = wide.slice(given.length)
    return narrowed(session, one.gradient?.(values, wide.slice(inputs.length, given.length), seeds) ?? derived(one, values, seeds, wanted), types)
  })
  return made.map((info) => engine().makeTensorFromTensorInfo(info))
}

/** The gradient as tfjs derives it, by going through the program again. */
const derived = (one: Fusable, values: readonly Tensor[], seeds: readonly Tensor[], wanted: readonly number[]): Tensor[] => {
  const loss = (...moving: Tensor[]): Tensor => {
    const all = [...values]
    moving.forEach((tensor, at) => {
      const index = wanted[at]
      if (index !== undefined) all[index] = tensor
    })
    const terms = one.program(...all).map((result, at) => sum(mul(result, seeds[at] ?? 0)))
    return terms.reduce((total, term) => add<Scalar>(total, term))
  }
  return withOwnTape(() => grads(loss)(wanted.flatMap((index) => values[index] ?? [])))
}

/** A gradient taken while tfjs walks another one back would throw that one's tape away. */
const withOwnTape = <T>(work: () => T): T => {
  const { state } = engine()
  const outer: typeof state.activeTape = state.activeTape
  try {
    return work()
  } finally {
    state.activeTape = outer
  }
}

const storedType = (backend: TensorFlowBackend, tensor: Tensor | undefined): ElementType => {
  if (tensor === undefined) throw new RangeError('A program lists a constant that is not among its inputs')
  return backend.elementTypeOf(tensor)
}

const narrowed = (session: Session, results: readonly Tensor[], types: readonly ElementType[]): TensorInfo[] => {
  if (results.length !== types.length) throw new RangeError(`A program gave ${results.length} results, declared are ${types.length}`)
  return results.map((result, index) => {
    const type = types[index] ?? 'float32'
    return session.backend.elementTypeOf(result) === type ? result : session.backend.cast(result, type)
  })
}

const call = (
  session: Session, one: Fusable, direction: string, inputs: readonly TensorInfo[], results: number,
  body: (wide: readonly Tensor[]) => TensorInfo[],
): TensorInfo[] => {
  const { backend } = session
  const signature = inputs.map((input): Described => ({ type: backend.elementTypeOf(input), shape: input.shape }))
  const key = `${direction} ${signature.map(({ type, shape }) => `${type}[${shape.join(',')}]`).join(' ')}`
  let name = functionsOf(one).get(key)
  if (name === undefined) {
    name = record(session, `${one.name}_${direction}_${session.nextFunction()}`, signature, body)
    functionsOf(one).set(key, name)
  }
  return backend.runNative(name, inputs, session.fuses ? { _XlaMustCompile: bool(true) } : {}, results)
}

/** Writes a program down as a TensorFlow function and returns the function's name. */
const record = (session: Session, name: string, signature: readonly Described[], body: (wide: readonly Tensor[]) => TensorInfo[]): string => {
  const { backend, tf, eager } = session
  const recorder = openRecorder(tf, name)
  const outputs = backend.recordWith(recorder, () => {
    const nodes: ReturnType<typeof backend.nodeOf>[] = []
    tidy(() => {
      const inputs = signature.map((described) => {
        const info = backend.programInput(recorder, described)
        return engine().makeTensorFromTensorInfo(described.type === 'bfloat16' ? backend.cast(info, 'float32') : info)
      })
      nodes.push(...body(inputs).map((result) => backend.nodeOf(recorder, result)))
    })
    return nodes
  })
  if (outputs.length === 0) throw new CannotTrace(name, 'it has no results')
  const fn = recorder.finish(outputs, session.fuses)
  eager.define(fn)
  tf.deleteFunction(fn)
  return name
}
