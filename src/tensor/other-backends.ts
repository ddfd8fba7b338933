import { createRequire } from 'node:module'
import '@tensorflow/tfjs' // for its gradients
import { engine, getKernel, registerKernel, setBackend, tensor, UnsortedSegmentSum, util, type TensorInfo } from '@tensorflow/tfjs-core'
import type { ElementType } from './dtype.js'
import { NoTensorBackend } from './errors.js'
import { silenceNotices } from './notices.js'

/** How bytes get into tensors and out of them. TensorFlowBackend has both, for bfloat16 too. */
export type ByteAccess = {
  readonly upload: (type: ElementType, shape: readonly number[], bytes: Uint8Array) => TensorInfo
  readonly download: (tensor: TensorInfo) => Uint8Array
}
/** A tfjs backend that is not ours: it knows float32 only and compiles nothing. */
export type OtherBackend = { readonly name: 'tfjs-node-gpu' | 'wasm'; readonly bytes: ByteAccess }

const floatBytes: ByteAccess = {
  upload: (type, shape, bytes) => {
    if (type !== 'float32') throw new TypeError(`This backend holds float32 only, not ${type}`)
    return tensor(new Float32Array(bytes.slice().buffer), [...shape])
  },
  download: (info) => {
    const values = engine().readSync(info.dataId)
    if (!(values instanceof Float32Array)) throw new TypeError(`Expected float32, found ${info.dtype}`)
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice()
  },
}

/** Rows of x [N, ...] summed by segment into [S, ...]: the gradient of gather, and the one kernel that wasm lacks for us. */
const completeWasm = (): void => {
  // undefined, whatever the type says, where no such kernel is registered
  if ((getKernel(UnsortedSegmentSum, 'wasm') as unknown) !== undefined) return
  registerKernel({
    kernelName: UnsortedSegmentSum,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { x, segmentIds } = inputs as { readonly x: TensorInfo; readonly segmentIds: TensorInfo }
      const { numSegments } = attrs as unknown as { readonly numSegments: number }
      const [values, segments] = [engine().readSync(x.dataId) as Float32Array, engine().readSync(segmentIds.dataId) as Int32Array]
      const shape = [numSegments, ...x.shape.slice(1)]
      const width = util.sizeFromShape(shape.slice(1))
      const sums = new Float32Array(numSegments * width)
      segments.forEach((segment, row) => {
        for (let column = 0; column < width; column += 1) sums[segment * width + column] = (sums[segment * width + column] ?? 0) + (values[row * width + column] ?? 0)
      })
      return tensor(sums, shape)
    },
  })
}

type Attempt = { readonly name: OtherBackend['name']; readonly open: () => Promise<boolean> }
const attempts: readonly Attempt[] = [
  {
    name: 'tfjs-node-gpu', // its own binding, where its install script was allowed to bring one
    open: async () => {
      silenceNotices(process.env)
      createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu')
      return setBackend('tensorflow')
    },
  },
  {
    name: 'wasm',
    open: async () => {
      await import('@tensorflow/tfjs-backend-wasm')
      completeWasm()
      return setBackend('wasm')
    },
  },
]

/**
 * The best tfjs backend there is without TensorFlow's C library: the stock one of tfjs-node-gpu where its binding loads, else
 * WebAssembly, which is more than ten times slower. `only` leaves the choice to the caller.
 * @throws NoTensorBackend with the reason of each.
 */
export const openOtherBackend = async (only?: OtherBackend['name']): Promise<OtherBackend> => {
  const reasons: string[] = []
  for (const { name, open } of attempts) {
    if (only !== undefined && only !== name) continue
    try {
      if (await open()) return { name, bytes: floatBytes }
      reasons.push(`${name}: it does not start`)
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`)
    }
  }
  throw new NoTensorBackend(reasons)
}
