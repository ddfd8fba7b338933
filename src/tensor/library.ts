import { join } from 'node:path'
import koffi from 'koffi'
import type { TensorFlowFiles } from '../fetch/ensure-tensorflow.js'
import { TensorFlowFailed, TensorFlowMissing } from './errors.js'
import { keepFreedMemory } from './malloc.js'
import { loadedInSilence, silenceNotices } from './notices.js'

declare const native: unique symbol
/** An address TensorFlow gave out. Never read from TypeScript, only handed back. */
export type Pointer = { readonly [native]: true }
/** One output of one node in a graph under construction (TF_Output, passed by value). */
export type NodeOutput = { readonly oper: Pointer; readonly index: number }

type Status = Pointer
const output = koffi.struct({ oper: 'void *', index: 'int' })

/** The part of the TensorFlow C API that attune calls: tensors, eager operations (TFE_*), graphs turned into functions. */
const declare = (library: koffi.IKoffiLib) => {
  // The signature is given by the caller: nothing checks it against the C header.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  const bind = <F>(name: string, result: string, ...args: (string | koffi.IKoffiCType)[]): F =>
    library.func(name, result, args) as unknown as F
  return {
    version: bind<() => string>('TF_Version', 'const char *'),
    newStatus: bind<() => Status>('TF_NewStatus', 'void *'),
    code: bind<(status: Status) => number>('TF_GetCode', 'int', 'void *'),
    message: bind<(status: Status) => string>('TF_Message', 'const char *', 'void *'),

    newContextOptions: bind<() => Pointer>('TFE_NewContextOptions', 'void *'),
    deleteContextOptions: bind<(options: Pointer) => void>('TFE_DeleteContextOptions', 'void', 'void *'),
    setConfig: bind<(options: Pointer, proto: Uint8Array, bytes: number, status: Status) => void>(
      'TFE_ContextOptionsSetConfig', 'void', 'void *', 'const void *', 'size_t', 'void *'),
    newContext: bind<(options: Pointer, status: Status) => Pointer>('TFE_NewContext', 'void *', 'void *', 'void *'),
    listDevices: bind<(context: Pointer, status: Status) => Pointer>('TFE_ContextListDevices', 'void *', 'void *', 'void *'),
    deviceCount: bind<(list: Pointer) => number>('TF_DeviceListCount', 'int', 'void *'),
    deviceType: bind<(list: Pointer, index: number, status: Status) => string>(
      'TF_DeviceListType', 'const char *', 'void *', 'int', 'void *'),
    deleteDeviceList: bind<(list: Pointer) => void>('TF_DeleteDeviceList', 'void', 'void *'),

    allocateTensor: bind<(dtype: number, dims: BigInt64Array, rank: number, bytes: number) => Pointer>(
      'TF_AllocateTensor', 'void *', 'int', 'const int64 *', 'int', 'size_t'),
    tensorData: bind<(tensor: Pointer) => Pointer>('TF_TensorData', 'void *', 'void *'),
    tensorBytes: bind<(tensor: Pointer) => number | bigint>('TF_TensorByteSize', 'size_t', 'void *'),
    deleteTensor: bind<(tensor: Pointer) => void>('TF_DeleteTensor', 'void', 'void *'),
    newHandle: bind<(tensor: Pointer, status: Status) => Pointer>('TFE_NewTensorHandle', 'void *', 'void *', 'void *'),
    deleteHandle: bind<(handle: Pointer) => void>('TFE_DeleteTensorHandle', 'void', 'void *'),
    resolve: bind<(handle: Pointer, status: Status) => Pointer>('TFE_TensorHandleResolve', 'void *', 'void *', 'void *'),
    handleType: bind<(handle: Pointer) => number>('TFE_TensorHandleDataType', 'int', 'void *'),
    handleRank: bind<(handle: Pointer, status: Status) => number>('TFE_TensorHandleNumDims', 'int', 'void *', 'void *'),
    handleDim: bind<(handle: Pointer, axis: number, status: Status) => number | bigint>(
      'TFE_TensorHandleDim', 'int64', 'void *', 'int', 'void *'),

    newOp: bind<(context: Pointer, name: string, status: Status) => Pointer>('TFE_NewOp', 'void *', 'void *', 'const char *', 'void *'),
    deleteOp: bind<(op: Pointer) => void>('TFE_DeleteOp', 'void', 'void *'),
    opInput: bind<(op: Pointer, handle: Pointer, status: Status) => void>('TFE_OpAddInput', 'void', 'void *', 'void *', 'void *'),
    opInputs: bind<(op: Pointer, handles: readonly Pointer[], count: number, status: Status) => void>(
      'TFE_OpAddInputList', 'void', 'void *', 'void **', 'int', 'void *'),
    opBool: bind<(op: Pointer, name: string, value: number) => void>('TFE_OpSetAttrBool', 'void', 'void *', 'const char *', 'uchar'),
    opInt: bind<(op: Pointer, name: string, value: number) => void>('TFE_OpSetAttrInt', 'void', 'void *', 'const char *', 'int64'),
    opFloat: bind<(op: Pointer, name: string, value: number) => void>('TFE_OpSetAttrFloat', 'void', 'void *', 'const char *', 'float'),
    opType: bind<(op: Pointer, name: string, value: number) => void>('TFE_OpSetAttrType', 'void', 'void *', 'const char *', 'int'),
    execute: bind<(op: Pointer, results: Buffer, count: Int32Array, status: Status) => void>(
      'TFE_Execute', 'void', 'void *', 'void *', 'int *', 'void *'),
    addFunction: bind<(context: Pointer, fn: Pointer, status: Status) => void>(
      'TFE_ContextAddFunction', 'void', 'void *', 'void *', 'void *'),

    newGraph: bind<() => Pointer>('TF_NewGraph', 'void *'),
    deleteGraph: bind<(graph: Pointer) => void>('TF_DeleteGraph', 'void', 'void *'),
    newNode: bind<(graph: Pointer, type: string, name: string) => Pointer>(
      'TF_NewOperation', 'void *', 'void *', 'const char *', 'const char *'),
    nodeInput: bind<(node: Pointer, input: NodeOutput) => void>('TF_AddInput', 'void', 'void *', output),
    nodeInputs: bind<(node: Pointer, inputs: readonly NodeOutput[], count: number) => void>(
      'TF_AddInputList', 'void', 'void *', koffi.pointer(output), 'int'),
    nodeBool: bind<(node: Pointer, name: string, value: number) => void>('TF_SetAttrBool', 'void', 'void *', 'const char *', 'uchar'),
    nodeInt: bind<(node: Pointer, name: string, value: number) => void>('TF_SetAttrInt', 'void', 'void *', 'const char *', 'int64'),
    nodeFloat: bind<(node: Pointer, name: string, value: number) => void>('TF_SetAttrFloat', 'void', 'void *', 'const char *', 'float'),
    nodeType: bind<(node: Pointer, name: string, value: number) => void>('TF_SetAttrType', 'void', 'void *', 'const char *', 'int'),
    nodeShape: bind<(node: Pointer, name: string, dims: BigInt64Array, rank: number) => void>(
      'TF_SetAttrShape', 'void', 'void *', 'const char *', 'const int64 *', 'int'),
    nodeTensor: bind<(node: Pointer, name: string, tensor: Pointer, status: Status) => void>(
      'TF_SetAttrTensor', 'void', 'void *', 'const char *', 'void *', 'void *'),
    finishNode: bind<(node: Pointer, status: Status) => Pointer>('TF_FinishOperation', 'void *', 'void *', 'void *'),
    outputType: bind<(value: NodeOutput) => number>('TF_OperationOutputType', 'int', output),
    outputRank: bind<(graph: Pointer, value: NodeOutput, status: Status) => number>(
      'TF_GraphGetTensorNumDims', 'int', 'void *', output, 'void *'),
    outputShape: bind<(graph: Pointer, value: NodeOutput, dims: BigInt64Array, rank: number, status: Status) => void>(
      'TF_GraphGetTensorShape', 'void', 'void *', output, 'int64 *', 'int', 'void *'),
    toFunction: bind<(
      graph: Pointer, name: string, hash: number, opCount: number, ops: null, inputCount: number, inputs: readonly NodeOutput[],
      outputCount: number, outputs: readonly NodeOutput[], names: null, options: null, description: null, status: Status,
    ) => Pointer>(
      'TF_GraphToFunction', 'void *', 'void *', 'const char *', 'uchar', 'int', 'void *', 'int', koffi.pointer(output),
      'int', koffi.pointer(output), 'void *', 'void *', 'const char *', 'void *'),
    functionAttribute: bind<(fn: Pointer, name: string, proto: Uint8Array, bytes: number, status: Status) => void>(
      'TF_FunctionSetAttrValueProto', 'void', 'void *', 'const char *', 'const void *', 'size_t', 'void *'),
    deleteFunction: bind<(fn: Pointer) => void>('TF_DeleteFunction', 'void', 'void *'),
  }
}

export type TensorFlow = ReturnType<typeof declare> & {
  /** Calls TensorFlow with its status and turns a refusal into TensorFlowFailed. */
  readonly checked: <T>(operation: string, call: (status: Status) => T) => T
}

/**
 * Opens TensorFlow's C API.
 * @throws TensorFlowMissing when a library is absent, damaged, or built for another machine.
 */
export const openTensorFlow = ({ folder, libraries }: TensorFlowFiles): TensorFlow => {
  keepFreedMemory() // before TensorFlow's threads are there
  silenceNotices(process.env)
  const load = (name: string): koffi.IKoffiLib => {
    try {
      return loadedInSilence(() => koffi.load(join(folder, name)), process.env)
    } catch (error) {
      throw new TensorFlowMissing(folder, libraries, error instanceof Error ? error.message : String(error))
    }
  }
  // The last asks for those before it by name, which the loader finds because they are loaded already.
  const [library] = libraries.map(load).slice(-1)
  if (library === undefined) throw new TensorFlowMissing(folder, libraries, 'no library is named')
  const api = declare(library)
  const status = api.newStatus() // one for the process: calls are synchronous
  const checked = <T>(operation: string, call: (status: Status) => T): T => {
    const result = call(status)
    const code = api.code(status)
    if (code !== 0) throw new TensorFlowFailed(operation, code, api.message(status))
    return result
  }
  return { ...api, checked }
}

/** The address kept at a byte offset of a buffer TensorFlow filled. */
export const pointerAt = (buffer: Buffer, offset: number): Pointer => koffi.decode(buffer, offset, 'void *') as Pointer

/** Native memory as bytes, without a copy: valid only until its owner is deleted, so never keep it. */
export const bytesAt = (address: Pointer, bytes: number): Uint8Array =>
  bytes === 0 ? new Uint8Array(0) : new Uint8Array(koffi.view(address, bytes))
