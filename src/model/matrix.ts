import { engine, tensor2d, type Tensor2D } from '@tensorflow/tfjs-core'
import { TensorFlowBackend } from '../tensor/backend.js'
import { toBfloat16, type ElementType } from '../tensor/dtype.js'

/** How the weights of products are kept. bfloat16 halves their memory and is the fast way on CPUs with AMX and on GPUs. */
export type Precision = Extract<ElementType, 'float32' | 'bfloat16'>

/** Numbers of `rows` equal rows as a weight of a product. */
export const matrix = (floats: Float32Array, rows: number, precision: Precision): Tensor2D => {
  const shape: [number, number] = [rows, floats.length / rows]
  const { backend } = engine()
  if (precision === 'float32' || !(backend instanceof TensorFlowBackend)) return tensor2d(floats, shape)
  const bytes = toBfloat16(floats)
  return engine().makeTensorFromTensorInfo(backend.upload('bfloat16', shape, new Uint8Array(bytes.buffer))) as Tensor2D
}
