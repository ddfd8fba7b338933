import '@tensorflow/tfjs' // for its gradients only: tfjs-core alone registers none
import { findBackend, registerBackend, setBackend } from '@tensorflow/tfjs-core'
import type { TensorFlowFiles } from '../fetch/ensure-tensorflow.js'
import { TensorFlowBackend } from './backend.js'
import { openEager } from './eager.js'
import { registerKernels } from './kernels.js'
import { openTensorFlow } from './library.js'
import { registerOperations } from './operations.js'
import { registerPrograms } from './program.js'
import type { Session } from './session.js'

const backendName = 'attune-tensorflow'

/**
 * Makes TensorFlow the tfjs backend of this process. Calling it again is free and changes nothing.
 * @throws TensorFlowMissing
 */
export const openTensors = async (files: TensorFlowFiles): Promise<TensorFlowBackend> => {
  const open = findBackend(backendName)
  if (open instanceof TensorFlowBackend) return open
  const tf = openTensorFlow(files)
  const eager = openEager(tf)
  const backend = new TensorFlowBackend(eager)
  let functions = 0
  const session: Session = { tf, eager, backend, fuses: true, nextFunction: () => functions++ }
  registerKernels(backendName)
  registerOperations(backendName, backend)
  registerPrograms(backendName, session)
  registerBackend(backendName, () => backend)
  await setBackend(backendName)
  return backend
}
