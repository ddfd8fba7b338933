// A training run in a process of its own, which a test may kill. Arguments: folder of the models.
import { train } from '../../src/train/train.js'
import { tinyJob } from './tiny.js'

const [folder = ''] = process.argv.slice(2)
const outcome = await train(await tinyJob(folder, {
  report: (progress) => { process.stdout.write(`${JSON.stringify(progress)}\n`) },
}))
process.stdout.write(`${JSON.stringify({ kind: outcome.kind, folder: outcome.folder })}\n`)
