import type { Attribute, Attributes } from './attributes.js'
import { elementType, tfType, type ElementType } from './dtype.js'
import { newTensor, type Described } from './eager.js'
import { CannotTrace } from './errors.js'
import type { NodeOutput, Pointer, TensorFlow } from './library.js'

/** Operations written down as a TensorFlow graph instead of being run, to become one function. */
export type Recorder = {
  readonly program: string
  readonly input: (type: ElementType, shape: readonly number[]) => NodeOutput
  readonly constant: (type: ElementType, shape: readonly number[], bytes: Uint8Array) => NodeOutput
  readonly describe: (value: NodeOutput) => Described
  readonly add: (op: string, inputs: readonly (NodeOutput | readonly NodeOutput[])[], attributes: Attributes, outputs: number) => NodeOutput[]
  /** The finished function. `compiled` lets XLA fuse it into few loops. The caller deletes it; the recorder is used up. */
  readonly finish: (outputs: readonly NodeOutput[], compiled: boolean) => Pointer
}

/** AttrValue { b: true } as a protocol buffer: field 5, varint 1. */
const trueAttribute = Uint8Array.of(0x28, 1)

export const openRecorder = (tf: TensorFlow, program: string): Recorder => {
  const graph = tf.newGraph()
  const inputs: NodeOutput[] = []
  let nodes = 0

  const setAttribute = (node: Pointer, name: string, attribute: Attribute): void => {
    switch (attribute.kind) {
      case 'bool': return tf.nodeBool(node, name, attribute.value ? 1 : 0)
      case 'int': return tf.nodeInt(node, name, attribute.value)
      case 'float': return tf.nodeFloat(node, name, attribute.value)
      case 'type': return tf.nodeType(node, name, tfType[attribute.value])
    }
  }
  const begin = (op: string): Pointer => tf.newNode(graph, op, `n${nodes++}`)
  const end = (op: string, node: Pointer): Pointer => tf.checked(`${program}: ${op}`, (status) => tf.finishNode(node, status))
  return {
    program,
    input: (type, shape) => {
      const node = begin('Placeholder')
      tf.nodeType(node, 'dtype', tfType[type])
      tf.nodeShape(node, 'shape', BigInt64Array.from(shape, BigInt), shape.length)
      const value = { oper: end('Placeholder', node), index: 0 }
      inputs.push(value)
      return value
    },
    constant: (type, shape, bytes) => {
      const node = begin('Const')
      tf.nodeType(node, 'dtype', tfType[type])
      const tensor = newTensor(tf, type, shape, bytes)
      try {
        tf.checked(`${program}: Const`, (status) => tf.nodeTensor(node, 'value', tensor, status))
      } finally {
        tf.deleteTensor(tensor)
      }
      return { oper: end('Const', node), index: 0 }
    },
    describe: (value) => {
      const rank = tf.checked(`${program}: shape`, (status) => tf.outputRank(graph, value, status))
      const dims = new BigInt64Array(Math.max(rank, 1))
      if (rank > 0) tf.checked(`${program}: shape`, (status) => tf.outputShape(graph, value, dims, rank, status))
      const shape = Array.from(dims.subarray(0, Math.max(rank, 0)), Number)
      if (rank < 0 || shape.some((size) => size < 0)) throw new CannotTrace(program, 'a shape depends on values')
      return { type: elementType(tf.outputType(value)), shape }
    },
    add: (op, given, attributes, outputs) => {
      const node = begin(op)
      for (const input of given) {
        if ('oper' in input) tf.nodeInput(node, input)
        else tf.nodeInputs(node, input, input.length)
      }
      for (const [key, attribute] of Object.entries(attributes)) setAttribute(node, key, attribute)
      const oper = end(op, node)
      return Array.from({ length: outputs }, (_, index) => ({ oper, index }))
    },
    finish: (outputs, compiled) => {
      const fn = tf.checked(program, (status) => tf.toFunction(
        graph, program, 0, -1, null, inputs.length, inputs, outputs.length, outputs, null, null, null, status))
      tf.deleteGraph(graph)
      if (compiled) tf.checked(program, (status) => tf.functionAttribute(fn, '_XlaMustCompile', trueAttribute, trueAttribute.length, status))
      return fn
    },
  }
}
