import { bar, duration, percent, type ProgressLine } from '../terminal/progress.js'
import type { TrainProgress, TrainReport } from '../train/progress.js'

/** What is drawn for a record: a moving line, a line that stays, or nothing. */
export const trainText = (progress: TrainProgress): { readonly show?: string; readonly keep?: string } => {
  switch (progress.kind) {
    case 'start': {
      const begun = progress.firstStep === 0 ? '' : `, going on at step ${progress.firstStep + 1}`
      return { keep: `Tuning layers ${progress.layers}: ${progress.parameters.toLocaleString('en')} parameters, ${progress.tokens.toLocaleString('en')} tokens, ${progress.steps} steps${begun}` }
    }
    case 'backend':
      return { keep: `TensorFlow's own library is not to be had here: training with tfjs on ${progress.name}${progress.name === 'wasm' ? ', which is more than ten times slower. Fewer --layers and --epochs help' : ''}.` }
    case 'activations':
      return { show: `Computing what lies below the tuned layers ${bar(progress.done / progress.total, 24)} ${percent(progress.done / progress.total)}` }
    case 'step': {
      const { step, steps, loss, tokensPerSecond, secondsLeft } = progress
      return { show: `Training ${bar(step / steps, 24)} ${step}/${steps}, loss ${loss.toFixed(3)}, ${Math.round(tokensPerSecond).toLocaleString('en')} tokens/s, ${duration(secondsLeft)} left` }
    }
    case 'evaluation':
      return { keep: `Step ${progress.step}: dev loss ${progress.loss.toFixed(4)}, ${percent(progress.exact)} word for word${progress.best ? ', the best so far' : ''}` }
    case 'checkpoint': return {}
    case 'stopped':
      return { keep: progress.reason === 'signal' ? `Stopped at step ${progress.step}; the same command goes on from there.` : `Stopped at step ${progress.step}: dev gets no better.` }
  }
}

export const trainReport = (line: ProgressLine): TrainReport => (progress) => {
  const { show, keep } = trainText(progress)
  if (show !== undefined) line.show(show)
  if (keep !== undefined) line.keep(keep)
}
