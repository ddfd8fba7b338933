import { DataStorage, engine, KernelBackend, util, type backend_util, type DataId, type DataType, type TensorInfo } from '@tensorflow/tfjs-core'
import type { Attributes } from './attributes.js'
import { fromBfloat16, shownAs, type ElementType } from './dtype.js'
import type { Described, Eager, Handle } from './eager.js'
import { CannotTrace, UsedAfterDispose } from './errors.js'
import type { NodeOutput } from './library.js'
import type { Recorder } from './recorder.js'

/** Where a tensor's values are: still in JavaScript, in TensorFlow, or nowhere yet because a program is being written down. */
type Place =
  | { readonly in: 'javascript'; readonly values: backend_util.BackendValues }
  | { readonly in: 'tensorflow'; readonly handle: Handle }
  | { readonly in: 'program'; readonly node: NodeOutput; readonly recorder: Recorder }
type Stored = { readonly type: ElementType; readonly shape: readonly number[]; place: Place; references: number }

/**
 * The tfjs backend over TensorFlow's C API. It owns every native tensor it makes; tfjs (tidy, dispose) says when to let go.
 * Beside float32 it holds bfloat16 tensors, which tfjs sees as float32: stock operations get them cast, `runNative` as they are.
 * While a recorder is set, operations are written down instead of run (see program.ts).
 */
export class TensorFlowBackend extends KernelBackend {
  readonly isUsingGpuDevice: boolean
  private readonly stored: DataStorage<Stored>
  private recorder: Recorder | null = null
  private disposed = false

  constructor(private readonly eager: Eager) {
    super()
    this.stored = new DataStorage(this, engine())
    this.isUsingGpuDevice = eager.devices.includes('GPU')
  }

  /** Runs a TensorFlow operation that knows float32 only. */
  run(op: string, inputs: readonly TensorInfo[], attributes: Attributes = {}, outputs = 1): TensorInfo[] {
    const wide = inputs.map((input) => (this.elementTypeOf(input) === 'bfloat16' ? this.cast(input, 'float32') : input))
    try {
      return this.runNative(op, wide, attributes, outputs)
    } finally {
      wide.forEach((input, index) => {
        if (input !== inputs[index]) this.disposeData(input.dataId)
      })
    }
  }

  /** Runs an operation on the tensors as they are stored. */
  runNative(op: string, inputs: readonly TensorInfo[], attributes: Attributes = {}, outputs = 1): TensorInfo[] {
    if (this.recorder !== null) return this.record(this.recorder, op, inputs, attributes, outputs)
    const handles = inputs.map((input) => this.handleOf(input))
    return this.eager.execute(op, grouped(op, handles), attributes, outputs).map((handle) => this.adopt(handle))
  }

  cast(input: TensorInfo, to: ElementType): TensorInfo {
    return this.one('Cast', [input], { DstT: { kind: 'type', value: to } })
  }

  /** As runNative, for the usual single result. */
  one(op: string, inputs: readonly TensorInfo[], attributes: Attributes = {}): TensorInfo {
    const [result] = this.runNative(op, inputs, attributes, 1)
    if (result === undefined) throw new Error(`${op} gave no result`)
    return result
  }

  elementTypeOf(tensor: TensorInfo): ElementType {
    return this.entry(tensor.dataId).type
  }

  /** A tensor from bytes in TensorFlow's own layout; the way to upload bfloat16. */
  upload(type: ElementType, shape: readonly number[], bytes: Uint8Array): TensorInfo {
    return this.adopt(this.eager.upload(type, shape, bytes), { type, shape })
  }

  /** The bytes as TensorFlow keeps them; the way to read bfloat16 without widening. */
  download(tensor: TensorInfo): Uint8Array {
    return this.eager.download(this.handleOf(tensor))
  }

  /** Runs `program` with operations going to the recorder. Programs do not nest. */
  recordWith<T>(recorder: Recorder, program: () => T): T {
    if (this.recorder !== null) throw new CannotTrace(recorder.program, `${this.recorder.program} is being compiled`)
    this.recorder = recorder
    try {
      return program()
    } finally {
      this.recorder = null
    }
  }

  get isRecording(): boolean {
    return this.recorder !== null
  }

  programInput(recorder: Recorder, { type, shape }: Described): TensorInfo {
    return this.keep({ type, shape, place: { in: 'program', node: recorder.input(type, shape), recorder }, references: 1 })
  }

  nodeOf(recorder: Recorder, tensor: TensorInfo): NodeOutput {
    const entry = this.entry(tensor.dataId)
    switch (entry.place.in) {
      case 'program':
        if (entry.place.recorder !== recorder) throw new CannotTrace(recorder.program, 'it uses a tensor of another program')
        return entry.place.node
      case 'javascript': {
        const node = constantNode(recorder, entry, entry.place.values)
        entry.place = { in: 'program', node, recorder }
        return node
      }
      case 'tensorflow':
        throw new CannotTrace(recorder.program, `it uses a tensor [${tensor.shape.join(', ')}] that is not among its inputs`)
    }
  }

  /** Native tensors held now: the number a test of leaks compares. */
  handlesHeld(): number {
    return this.eager.held()
  }

  // What tfjs asks of a backend.

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {}
    this.move(dataId, values, shape, dtype, 1)
    return dataId
  }
  override move(dataId: DataId, values: backend_util.BackendValues, shape: number[], dtype: DataType, references: number): void {
    this.stored.set(dataId, { type: storable(dtype), shape, place: { in: 'javascript', values }, references })
  }
  override readSync(dataId: DataId): backend_util.BackendValues {
    const { type, place } = this.entry(dataId)
    if (place.in === 'javascript') return place.values
    if (place.in === 'program') throw new CannotTrace(place.recorder.program, 'it reads a value')
    return valuesOf(type, this.eager.download(place.handle))
  }
  override read(dataId: DataId): Promise<backend_util.BackendValues> {
    return Promise.resolve(this.readSync(dataId))
  }
  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.stored.has(dataId)) return true
    const entry = this.stored.get(dataId)
    entry.references -= 1
    if (!force && entry.references > 0) return false
    if (entry.place.in === 'tensorflow') this.eager.release(entry.place.handle)
    this.stored.delete(dataId)
    return true
  }
  override refCount(dataId: DataId): number {
    return this.stored.has(dataId) ? this.stored.get(dataId).references : 0
  }
  override incRef(dataId: DataId): void {
    this.stored.get(dataId).references += 1
  }
  override numDataIds(): number {
    return this.stored.numDataIds()
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: false }
  }
  override floatPrecision(): 16 | 32 {
    return 32
  }
  override epsilon(): number {
    return 1e-7
  }
  override timerAvailable(): boolean {
    return true
  }
  override time(run: () => void): Promise<{ kernelMs: number }> {
    const start = util.now()
    run()
    return Promise.resolve({ kernelMs: util.now() - start })
  }
  override dispose(): void {
    this.disposed = true
  }

  private entry(dataId: DataId): Stored {
    if (this.disposed) throw new UsedAfterDispose('The TensorFlow backend')
    if (!this.stored.has(dataId)) throw new UsedAfterDispose('A tensor')
    return this.stored.get(dataId)
  }

  private handleOf(tensor: TensorInfo): Handle {
    const entry = this.entry(tensor.dataId)
    if (entry.place.in === 'program') throw new CannotTrace(entry.place.recorder.program, 'a tensor of its insides was kept')
    if (entry.place.in === 'javascript') {
      entry.place = { in: 'tensorflow', handle: this.eager.upload(entry.type, entry.shape, bytesOf(entry.place.values)) }
    }
    return entry.place.handle
  }

  private adopt(handle: Handle, { type, shape }: Described = this.eager.describe(handle)): TensorInfo {
    return this.keep({ type, shape, place: { in: 'tensorflow', handle }, references: 1 })
  }

  private record(recorder: Recorder, op: string, inputs: readonly TensorInfo[], attributes: Attributes, outputs: number): TensorInfo[] {
    const nodes = inputs.map((input) => this.nodeOf(recorder, input))
    return recorder.add(op, grouped(op, nodes), attributes, outputs).map((node) =>
      this.keep({ ...recorder.describe(node), place: { in: 'program', node, recorder }, references: 1 }))
  }

  private keep(stored: Stored): TensorInfo {
    const dataId = {}
    this.stored.set(dataId, stored)
    return { dataId, shape: [...stored.shape], dtype: shownAs(stored.type) }
  }
}

/** These operations take some of their inputs as one list; TensorFlow wants it handed over as a list. */
const grouped = <T>(op: string, inputs: readonly T[]): readonly (T | readonly T[])[] => {
  if (op === 'Pack' || op === 'AddN') return [inputs]
  if (op === 'ConcatV2') return [inputs.slice(0, -1), ...inputs.slice(-1)]
  return inputs
}

/** A large constant of one value, which tfjs's gradients are fond of, is written down as that value alone. */
const constantNode = (recorder: Recorder, { type, shape }: Described, values: backend_util.BackendValues): NodeOutput => {
  const bytes = bytesOf(values)
  const [first] = values
  if (values.length < 64 || !values.every((value) => value === first)) return recorder.constant(type, shape, bytes)
  const dims = recorder.constant('int32', [shape.length], bytesOf(Int32Array.from(shape)))
  const one = recorder.constant(type, [], bytes.subarray(0, bytes.length / values.length))
  const [filled] = recorder.add('Fill', [dims, one], {}, 1)
  if (filled === undefined) throw new Error('Fill gave no result')
  return filled
}

const storable = (dtype: DataType): ElementType => {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype
  throw new TypeError(`The TensorFlow backend holds float32, int32 and bool tensors, found ${dtype}`)
}

const bytesOf = (values: backend_util.BackendValues): Uint8Array => {
  if (ArrayBuffer.isView(values)) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  throw new TypeError('The TensorFlow backend takes typed arrays')
}

const valuesOf = (type: ElementType, bytes: Uint8Array): backend_util.BackendValues => {
  switch (type) {
    case 'float32': return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    case 'int32': return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    case 'bool': return bytes
    case 'bfloat16': return fromBfloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2))
    case 'int64': return Int32Array.from(new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8), Number)
  }
}
