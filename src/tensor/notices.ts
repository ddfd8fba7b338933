/**
 * Keeps TensorFlow from writing its notices (oneDNN, CPU features) to stderr; errors still come. To be called before any of its libraries
 * is loaded, ours or that of tfjs-node-gpu. Assigning to `process.env` of the main thread reaches `getenv` of native code.
 * Somebody who wants to read them sets the variable to 0.
 */
export const silenceNotices = (env: NodeJS.ProcessEnv): void => {
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
}
