/** The TensorFlow shared libraries are missing or cannot be loaded. */
export class TensorFlowMissing extends Error {
  override readonly name = 'TensorFlowMissing'
  constructor(readonly folder: string, readonly libraries: readonly string[], readonly reason: string) {
    super(`TensorFlow could not be loaded from ${folder}: ${reason}. ` +
      `The folder must hold ${libraries.join(' and ')} for this machine; remove it to have them fetched again.`)
  }
}

/** TensorFlow refused an operation. The message is TensorFlow's own. */
export class TensorFlowFailed extends Error {
  override readonly name = 'TensorFlowFailed'
  constructor(readonly operation: string, readonly code: number, readonly detail: string) {
    super(`TensorFlow: ${operation}: ${detail} (code ${code})`)
  }
}

/** Two shapes that must fit do not. Found before TensorFlow is called. */
export class ShapesDiffer extends Error {
  override readonly name = 'ShapesDiffer'
  constructor(readonly operation: string, readonly found: readonly (readonly number[])[], readonly expected: string) {
    super(`${operation}: found shapes ${found.map((shape) => `[${shape.join(', ')}]`).join(' and ')}, expected ${expected}`)
  }
}

/** Native memory was asked for after its owner gave it back. */
export class UsedAfterDispose extends Error {
  override readonly name = 'UsedAfterDispose'
  constructor(readonly what: string) {
    super(`${what} was used after dispose()`)
  }
}

/** A program to be compiled read a value or took a tensor from outside its inputs. */
export class CannotTrace extends Error {
  override readonly name = 'CannotTrace'
  constructor(readonly program: string, readonly reason: string) {
    super(`${program} cannot be compiled: ${reason}`)
  }
}

/** No tfjs backend could be opened. */
export class NoTensorBackend extends Error {
  override readonly name = 'NoTensorBackend'
  constructor(readonly reasons: readonly string[]) {
    super(`No tensor backend can be opened (${reasons.join('; ')}). Name a folder with TensorFlow's libraries in ATTUNE_TENSORFLOW.`)
  }
}
