import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 30_000,
    // Two cores: the model's threads are the parallelism, more workers only fight over them.
    pool: 'forks',
    poolOptions: { forks: { maxForks: 2 } },
  },
})
