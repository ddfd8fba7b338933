import { dispose, engine, matMul as plainMatMul, registerGradient, registerKernel, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core'
import { bool } from './attributes.js'
import { TensorFlowBackend } from './backend.js'
import { ShapesDiffer } from './errors.js'

const kernelName = 'AttuneMatMul'
type Flags = { readonly transposeA: boolean; readonly transposeB: boolean; readonly frozen: boolean }
type MatMulOptions = {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  /** b never needs a gradient. */
  readonly frozen?: boolean
}

/**
 * Matrix product over the last two axes, in the element type the operands are stored in. Where one is bfloat16 the product is
 * done in bfloat16 (sums in float32), which is several times faster on a CPU with AMX, and is stored so.
 * [..., M, K] x [..., K, N] -> [..., M, N]
 * @throws ShapesDiffer
 */
export const matMul = (a: Tensor, b: Tensor, { transposeA = false, transposeB = false, frozen = false }: MatMulOptions = {}): Tensor => {
  checkShapes(a, b, transposeA, transposeB)
  const backend = engine().backend
  if (!(backend instanceof TensorFlowBackend) || backend.isRecording) return plainMatMul(a, b, transposeA, transposeB)
  return engine().runKernel(kernelName, { a, b }, { transposeA, transposeB, frozen })
}

export const registerOperations = (backendName: string, backend: TensorFlowBackend): void => {
  registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => product(backend, inputs['a'] as TensorInfo, inputs['b'] as TensorInfo, attrs as unknown as Flags),
  })
  registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, attrs) => {
      const [a, b] = saved as [Tensor, Tensor]
      const { transposeA, transposeB, frozen } = attrs as unknown as Flags
      const grad = dy as Tensor
      const da = transposeA ? matMul(b, grad, { transposeA: transposeB, transposeB: true }) : matMul(grad, b, { transposeB: !transposeB })
      const db = frozen ? null : transposeB ? matMul(grad, a, { transposeA: true, transposeB: transposeA }) : matMul(a, grad, { transposeA: !transposeA })
      dispose([grad, a, b]) // their last use; tfjs would hold them to the end of the pass
      return { a: () => da, ...(db === null ? {} : { b: () => db }) }
    },
  })
}

const product = (backend: TensorFlowBackend, a: TensorInfo, b: TensorInfo, { transposeA, transposeB }: Flags): TensorInfo => {
  const narrow = backend.elementTypeOf(a) === 'bfloat16' || backend.elementTypeOf(b) === 'bfloat16'
  const operands = [a, b].map((operand) => (narrow && backend.elementTypeOf(operand) === 'float32' ? backend.cast(operand, 'bfloat16') : operand))
  try {
    if (!narrow && isWide(a, b, transposeA, transposeB)) return turned(backend, a, b)
    return a.shape.length === 2
      ? backend.one('MatMul', operands, { transpose_a: bool(transposeA), transpose_b: bool(transposeB) })
      : backend.one('BatchMatMulV2', operands, { adj_x: bool(transposeA), adj_y: bool(transposeB) })
  } finally {
    for (const operand of operands) if (operand !== a && operand !== b) backend.disposeData(operand.dataId)
  }
}

/** A few rows times a tall matrix, as a vocabulary is. */
const isWide = (a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): boolean =>
  a.shape.length === 2 && !transposeA && transposeB && (b.shape[0] ?? 0) >= 16 * (a.shape[0] ?? 0)

/** a b^T by way of b a^T. TensorFlow shares the rows of the first operand among its threads, so it wants the taller one there: twice as fast. */
const turned = (backend: TensorFlowBackend, a: TensorInfo, b: TensorInfo): TensorInfo => {
  const product = backend.one('MatMul', [b, a], { transpose_a: bool(false), transpose_b: bool(true) })
  const axes = { dataId: backend.write(Int32Array.of(1, 0), [2], 'int32'), shape: [2], dtype: 'int32' as const }
  try {
    return backend.one('Transpose', [product, axes])
  } finally {
    backend.disposeData(product.dataId)
    backend.disposeData(axes.dataId)
  }
}

const checkShapes = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): void => {
  const innerA = a.shape.at(transposeA ? -2 : -1)
  const innerB = b.shape.at(transposeB ? -1 : -2)
  const leading = (shape: readonly number[]): string => shape.slice(0, -2).join()
  if (a.rank < 2 || a.rank !== b.rank || innerA !== innerB || leading(a.shape) !== leading(b.shape)) {
    throw new ShapesDiffer('matMul', [a.shape, b.shape], 'equal leading sizes and an equal inner size')
  }
}
