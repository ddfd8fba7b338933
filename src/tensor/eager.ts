import type { Attribute, Attributes } from './attributes.js'
import { byteSize, elementType, tfType, type ElementType } from './dtype.js'
import { bytesAt, pointerAt, type Pointer, type TensorFlow } from './library.js'

/** A tensor TensorFlow holds (TFE_TensorHandle). Whoever gets one deletes it. */
export type Handle = Pointer
export type Described = { readonly type: ElementType; readonly shape: readonly number[] }

/** Operations run at once, one after the other, on the best device TensorFlow finds. */
export type Eager = {
  readonly devices: readonly string[]
  readonly upload: (type: ElementType, shape: readonly number[], bytes: Uint8Array) => Handle
  readonly download: (handle: Handle) => Uint8Array
  readonly describe: (handle: Handle) => Described
  readonly execute: (op: string, inputs: readonly (Handle | readonly Handle[])[], attributes: Attributes, outputs: number) => Handle[]
  readonly release: (handle: Handle) => void
  /** Makes a function callable by its name, as if it were an operation. */
  readonly define: (fn: Pointer) => void
  /** Handles given out and not yet released. */
  readonly held: () => number
}

export const openEager = (tf: TensorFlow): Eager => {
  const context = newContext(tf)
  let held = 0
  const results = Buffer.alloc(8 * 64) // room for the outputs of one operation
  const count = new Int32Array(1)

  const setAttribute = (op: Pointer, name: string, attribute: Attribute): void => {
    switch (attribute.kind) {
      case 'bool': return tf.opBool(op, name, attribute.value ? 1 : 0)
      case 'int': return tf.opInt(op, name, attribute.value)
      case 'float': return tf.opFloat(op, name, attribute.value)
      case 'type': return tf.opType(op, name, tfType[attribute.value])
    }
  }
  const execute = (name: string, inputs: readonly (Handle | readonly Handle[])[], attributes: Attributes, outputs: number): Handle[] => {
    const op = tf.checked(name, (status) => tf.newOp(context, name, status))
    try {
      for (const input of inputs) {
        tf.checked(name, (status) => isList(input) ? tf.opInputs(op, input, input.length, status) : tf.opInput(op, input, status))
      }
      for (const [key, attribute] of Object.entries(attributes)) setAttribute(op, key, attribute)
      if (outputs * 8 > results.length) throw new RangeError(`${name} has ${outputs} outputs, at most ${results.length / 8} are supported`)
      count[0] = outputs
      tf.checked(name, (status) => tf.execute(op, results, count, status))
    } finally {
      tf.deleteOp(op)
    }
    held += outputs
    return Array.from({ length: outputs }, (_, index) => pointerAt(results, index * 8))
  }
  const describe = (handle: Handle): Described => {
    const rank = tf.checked('shape', (status) => tf.handleRank(handle, status))
    const shape = Array.from({ length: rank }, (_, axis) => Number(tf.checked('shape', (status) => tf.handleDim(handle, axis, status))))
    return { type: elementType(tf.handleType(handle)), shape }
  }
  return {
    devices: deviceTypes(tf, context),
    upload: (type, shape, bytes) => {
      const tensor = newTensor(tf, type, shape, bytes)
      try {
        const handle = tf.checked('upload', (status) => tf.newHandle(tensor, status))
        held += 1
        return handle
      } finally {
        tf.deleteTensor(tensor)
      }
    },
    download: (handle) => {
      const tensor = tf.checked('download', (status) => tf.resolve(handle, status))
      try {
        return bytesAt(tf.tensorData(tensor), Number(tf.tensorBytes(tensor))).slice()
      } finally {
        tf.deleteTensor(tensor)
      }
    },
    describe,
    execute,
    release: (handle) => {
      tf.deleteHandle(handle)
      held -= 1
    },
    define: (fn) => tf.checked('define function', (status) => tf.addFunction(context, fn, status)),
    held: () => held,
  }
}

const isList = (input: Handle | readonly Handle[]): input is readonly Handle[] => Array.isArray(input)

/** A TF_Tensor holding a copy of the bytes. The caller deletes it. */
export const newTensor = (tf: TensorFlow, type: ElementType, shape: readonly number[], bytes: Uint8Array): Pointer => {
  const expected = byteSize(type, shape)
  if (bytes.length !== expected) throw new RangeError(`a ${type} tensor [${shape.join(', ')}] takes ${expected} bytes, found ${bytes.length}`)
  const tensor = tf.allocateTensor(tfType[type], BigInt64Array.from(shape, BigInt), shape.length, expected)
  if (expected > 0) bytesAt(tf.tensorData(tensor), expected).set(bytes)
  return tensor
}

const newContext = (tf: TensorFlow): Pointer => {
  const options = tf.newContextOptions()
  try {
    return tf.checked('open context', (status) => tf.newContext(options, status))
  } finally {
    tf.deleteContextOptions(options)
  }
}

const deviceTypes = (tf: TensorFlow, context: Pointer): readonly string[] => {
  const list = tf.checked('list devices', (status) => tf.listDevices(context, status))
  try {
    return Array.from({ length: tf.deviceCount(list) }, (_, index) => tf.checked('list devices', (status) => tf.deviceType(list, index, status)))
  } finally {
    tf.deleteDeviceList(list)
  }
}
