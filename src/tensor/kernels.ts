import { backend_util, registerKernel, slice_util, util, type TensorInfo } from '@tensorflow/tfjs-core'
import { bool, int, type, type Attributes } from './attributes.js'
import type { TensorFlowBackend } from './backend.js'
import type { ElementType } from './dtype.js'

/** What tfjs hands to a kernel, with the backend named. */
type Call = {
  readonly backend: TensorFlowBackend
  readonly inputs: Readonly<Record<string, TensorInfo>>
  readonly attrs: Readonly<Record<string, unknown>>
}
type Kernel = (call: Call) => TensorInfo | TensorInfo[]

const input = (call: Call, name: string): TensorInfo => {
  const found = call.inputs[name]
  if (found === undefined) throw new TypeError(`A kernel was called without its input ${name}`)
  return found
}
const run = (call: Call, op: string, inputs: readonly TensorInfo[], attributes: Attributes = {}): TensorInfo => {
  const [result] = call.backend.run(op, inputs, attributes, 1)
  if (result === undefined) throw new Error(`${op} gave no result`)
  return result
}

/** As run, for operations that move elements and never look at them: bfloat16 stays as it is. */
const move = (call: Call, op: string, inputs: readonly TensorInfo[], attributes: Attributes = {}): TensorInfo =>
  call.backend.one(op, inputs, attributes)

/** Runs with int32 constants made for this call only. */
const withConstants = <T>(call: Call, constants: readonly (readonly number[] | number)[], use: (made: TensorInfo[]) => T): T => {
  const made = constants.map((values): TensorInfo => {
    const list = typeof values === 'number' ? [values] : values
    const shape = typeof values === 'number' ? [] : [values.length]
    return { dataId: call.backend.write(Int32Array.from(list), shape, 'int32'), shape, dtype: 'int32' }
  })
  try {
    return use(made)
  } finally {
    for (const { dataId } of made) call.backend.disposeData(dataId)
  }
}

const unary = (op: string): Kernel => (call) => run(call, op, [input(call, 'x')])
const binary = (op: string): Kernel => (call) => run(call, op, [input(call, 'a'), input(call, 'b')])

const reduction = (op: string): Kernel => (call) => {
  const x = input(call, 'x')
  // Max alone has its axes under another name.
  const axes = util.parseAxisParam((call.attrs['axis'] ?? call.attrs['reductionIndices']) as number | number[], x.shape)
  return withConstants(call, [axes], ([axis]) => run(call, op, [x, ...listed(axis)], { keep_dims: bool(call.attrs['keepDims'] === true) }))
}
const listed = (tensor: TensorInfo | undefined): TensorInfo[] => (tensor === undefined ? [] : [tensor])

/** TensorFlow's reshape shares the buffer, so this costs one call and no copy. */
const reshaped = (call: Call, x: TensorInfo, shape: readonly number[]): TensorInfo =>
  withConstants(call, [shape], (made) => move(call, 'Reshape', [x, ...made]))

const kernels: Readonly<Record<string, Kernel>> = {
  Abs: unary('Abs'), Neg: unary('Neg'), Exp: unary('Exp'), Expm1: unary('Expm1'), Log: unary('Log'), Log1p: unary('Log1p'),
  Sqrt: unary('Sqrt'), Rsqrt: unary('Rsqrt'), Square: unary('Square'), Reciprocal: unary('Reciprocal'), Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'), Relu: unary('Relu'), Softplus: unary('Softplus'), Erf: unary('Erf'), Sin: unary('Sin'), Cos: unary('Cos'),
  Floor: unary('Floor'), Ceil: unary('Ceil'), Round: unary('Round'), Sign: unary('Sign'),
  IsNan: unary('IsNan'), IsFinite: unary('IsFinite'), LogicalNot: unary('LogicalNot'), ZerosLike: unary('ZerosLike'), OnesLike: unary('OnesLike'),

  Add: binary('AddV2'), Sub: binary('Sub'), Multiply: binary('Mul'), RealDiv: binary('RealDiv'), FloorDiv: binary('FloorDiv'),
  Mod: binary('FloorMod'), Pow: binary('Pow'), Maximum: binary('Maximum'), Minimum: binary('Minimum'),
  SquaredDifference: binary('SquaredDifference'), Equal: binary('Equal'), NotEqual: binary('NotEqual'), Less: binary('Less'),
  LessEqual: binary('LessEqual'), Greater: binary('Greater'), GreaterEqual: binary('GreaterEqual'), LogicalAnd: binary('LogicalAnd'),
  LogicalOr: binary('LogicalOr'),

  Sum: reduction('Sum'), Mean: reduction('Mean'), Max: reduction('Max'), Min: reduction('Min'), Prod: reduction('Prod'),
  All: reduction('All'), Any: reduction('Any'),

  AddN: (call) => {
    const inputs = Object.values(call.inputs)
    return run(call, 'AddN', inputs, { N: int(inputs.length) })
  },
  BatchMatMul: (call) => run(call, 'BatchMatMulV2', [input(call, 'a'), input(call, 'b')],
    { adj_x: bool(call.attrs['transposeA'] === true), adj_y: bool(call.attrs['transposeB'] === true) }),
  Softmax: (call) => run(call, 'Softmax', [input(call, 'logits')]),
  LogSoftmax: (call) => run(call, 'LogSoftmax', [input(call, 'logits')]),
  Select: (call) => run(call, 'SelectV2', [input(call, 'condition'), input(call, 't'), input(call, 'e')]),

  BroadcastTo: (call) => withConstants(call, [call.attrs['shape'] as number[]], (made) => move(call, 'BroadcastTo', [input(call, 'x'), ...made])),
  Step: (call) => { // 1 above 0, alpha elsewhere
    const [one, alpha, zero] = [1, call.attrs['alpha'] as number, 0].map((value): TensorInfo =>
      ({ dataId: call.backend.write(Float32Array.of(value), [], 'float32'), shape: [], dtype: 'float32' })) as [TensorInfo, TensorInfo, TensorInfo]
    const above = run(call, 'Greater', [input(call, 'x'), zero])
    try {
      return run(call, 'SelectV2', [above, one, alpha])
    } finally {
      for (const { dataId } of [one, alpha, zero, above]) call.backend.disposeData(dataId)
    }
  },
  Identity: (call) => {
    const x = input(call, 'x')
    call.backend.incRef(x.dataId)
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
  },
  Cast: (call) => run(call, 'Cast', [input(call, 'x')], { DstT: type(call.attrs['dtype'] as ElementType) }),
  Reshape: (call) => {
    const x = input(call, 'x')
    const shape = util.inferFromImplicitShape(call.attrs['shape'] as number[], util.sizeFromShape(x.shape))
    return reshaped(call, x, shape)
  },
  ExpandDims: (call) => {
    const x = input(call, 'input')
    const shape = [...x.shape]
    const dim = call.attrs['dim'] as number
    shape.splice(dim < 0 ? x.shape.length + dim + 1 : dim, 0, 1)
    return reshaped(call, x, shape)
  },
  Transpose: (call) => withConstants(call, [call.attrs['perm'] as number[]], (made) => move(call, 'Transpose', [input(call, 'x'), ...made])),
  Reverse: (call) => {
    const x = input(call, 'x')
    const axes = util.parseAxisParam(call.attrs['dims'] as number | number[], x.shape)
    return withConstants(call, [axes], (made) => move(call, 'ReverseV2', [x, ...made]))
  },
  Concat: (call) => {
    const inputs = Object.values(call.inputs)
    const axis = util.parseAxisParam(call.attrs['axis'] as number, inputs[0]?.shape ?? [])[0] ?? 0
    return withConstants(call, [axis], (made) => {
      const types = new Set(inputs.map((one) => call.backend.elementTypeOf(one)))
      return (types.size === 1 ? move : run)(call, 'ConcatV2', [...inputs, ...made], { N: int(inputs.length) })
    })
  },
  Pack: (call) => {
    const inputs = Object.values(call.inputs)
    return run(call, 'Pack', inputs, { N: int(inputs.length), axis: int(call.attrs['axis'] as number) })
  },
  Unpack: (call) => {
    const value = input(call, 'value')
    const axis = util.parseAxisParam(call.attrs['axis'] as number, value.shape)[0] ?? 0
    const count = value.shape[axis] ?? 0
    return call.backend.run('Unpack', [value], { axis: int(axis), num: int(count) }, count)
  },
  SplitV: (call) => {
    const x = input(call, 'x')
    const axis = util.parseAxisParam(call.attrs['axis'] as number, x.shape)[0] ?? 0
    const sizes = backend_util.prepareSplitSize(x,
      call.attrs['numOrSizeSplits'] as number | number[], axis)
    return withConstants(call, [sizes, axis], (made) => call.backend.run('SplitV', [x, ...made], { num_split: int(sizes.length) }, sizes.length))
  },
  Slice: (call) => {
    const x = input(call, 'x')
    const [begin, size] = slice_util.parseSliceParams(x,
      call.attrs['begin'] as number[], call.attrs['size'] as number[])
    return withConstants(call, [begin ?? [], size ?? []], (made) => move(call, 'Slice', [x, ...made]))
  },
  PadV2: (call) => {
    const x = input(call, 'x')
    const paddings = call.attrs['paddings'] as readonly (readonly [number, number])[]
    const shape = [paddings.length, 2]
    const pads = { dataId: call.backend.write(Int32Array.from(paddings.flat()), shape, 'int32'), shape, dtype: 'int32' as const }
    const value = { dataId: call.backend.write(Float32Array.of(call.attrs['constantValue'] as number), [], 'float32'), shape: [], dtype: 'float32' as const }
    try {
      return run(call, 'PadV2', [x, pads, value])
    } finally {
      call.backend.disposeData(pads.dataId)
      call.backend.disposeData(value.dataId)
    }
  },
  Tile: (call) => withConstants(call, [call.attrs['reps'] as number[]], (made) => move(call, 'Tile', [input(call, 'x'), ...made])),
  GatherV2: (call) => {
    const x = input(call, 'x')
    const axis = util.parseAxisParam(call.attrs['axis'] as number, x.shape)[0] ?? 0
    return withConstants(call, [axis], (made) => move(call, 'GatherV2', [x, input(call, 'indices'), ...made],
      { batch_dims: int(call.attrs['batchDims'] as number) }))
  },
  UnsortedSegmentSum: (call) => withConstants(call, [call.attrs['numSegments'] as number], (made) =>
    run(call, 'UnsortedSegmentSum', [input(call, 'x'), input(call, 'segmentIds'), ...made])),
  ArgMax: (call) => {
    const x = input(call, 'x')
    const axis = util.parseAxisParam(call.attrs['axis'] as number, x.shape)[0] ?? 0
    return withConstants(call, [axis], (made) => run(call, 'ArgMax', [x, ...made], { output_type: type('int32') }))
  },
  TopK: (call) => withConstants(call, [call.attrs['k'] as number], (made) =>
    call.backend.run('TopKV2', [input(call, 'x'), ...made], { sorted: bool(call.attrs['sorted'] === true) }, 2)),
  Cumsum: (call) => withConstants(call, [call.attrs['axis'] as number], (made) => run(call, 'Cumsum', [input(call, 'x'), ...made],
    { exclusive: bool(call.attrs['exclusive'] === true), reverse: bool(call.attrs['reverse'] === true) })),
  Range: (call) => {
    const { start, stop, step, dtype } = call.attrs as { start: number; stop: number; step: number; dtype: 'int32' | 'float32' }
    const count = Math.max(0, Math.ceil((stop - start) / step))
    const steps = Array.from({ length: count }, (_, index) => start + index * step)
    const values = dtype === 'int32' ? Int32Array.from(steps) : Float32Array.from(steps)
    return { dataId: call.backend.write(values, [count], dtype), shape: [count], dtype }
  },
  Fill: (call) => {
    const shape = call.attrs['shape'] as number[]
    const value = call.attrs['value'] as number
    const dtype = call.attrs['dtype'] === 'int32' ? 'int32' : call.attrs['dtype'] === 'bool' ? 'bool' : 'float32'
    const values = dtype === 'int32' ? Int32Array.of(value) : dtype === 'bool' ? Uint8Array.of(value) : Float32Array.of(value)
    const scalar: TensorInfo = { dataId: call.backend.write(values, [], dtype), shape: [], dtype }
    try {
      return withConstants(call, [shape], (made) => run(call, 'Fill', [...made, scalar]))
    } finally {
      call.backend.disposeData(scalar.dataId)
    }
  },
}

/** Gives tfjs the kernels that attune's programs and their gradients use, on the backend of this name. */
export const registerKernels = (backendName: string): void => {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    registerKernel({ kernelName, backendName, kernelFunc: (call) => kernel(call as unknown as Call) })
  }
}
