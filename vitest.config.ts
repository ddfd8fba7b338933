import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    // The first run on a machine fetches the base model, the tensor library and the encoder.
    hookTimeout: 900_000,
    // Two cores: the model's threads are the parallelism, more workers only fight over them.
    pool: 'forks',
    poolOptions: { forks: { maxForks: 2 } },
  },
})
