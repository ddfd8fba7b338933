import { ensureTensorFlow } from '../../src/fetch/ensure-tensorflow.js'
import { openTensors } from '../../src/tensor/open.js'

/** TensorFlow, fetched on the first run. ATTUNE_TENSORFLOW names a folder that has it already. */
export const openTestTensors = async () => openTensors(await ensureTensorFlow())
