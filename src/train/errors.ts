/** Training cannot start or go on with what it was given. */
export class CannotTrain extends Error {
  override readonly name = 'CannotTrain'
  constructor(readonly found: string, readonly advice: string) {
    super(`Cannot train: ${found}. ${advice}`)
  }
}

/** The loss or a gradient is no longer a number. The last checkpoint holds the state before. */
export class LossExploded extends Error {
  override readonly name = 'LossExploded'
  constructor(readonly step: number, readonly learningRate: number) {
    super(`The loss at step ${step} is not a number. Train again with a learning rate below ${learningRate}.`)
  }
}

/** A checkpoint that was written by another run or is damaged. */
export class BadCheckpoint extends Error {
  override readonly name = 'BadCheckpoint'
  constructor(readonly file: string, readonly found: string) {
    super(`${file}: ${found}. Remove the file to train from the start.`)
  }
}
