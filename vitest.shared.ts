import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** What every project's tests have in common: sources instead of builds, and no stray console output. */
export function projectConfig(test: ViteUserConfig['test'] = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions: ['ovis-source', 'node'] },
    ssr: { resolve: { conditions: ['ovis-source', 'node'], externalConditions: ['ovis-source', 'node'] } },
    // The environment in which vitest runs global set-ups.
    environments: { __vitest__: { resolve: { conditions: ['ovis-source', 'node'] } } },
    test: {
      // What takes too long for CI runs by `npm run soak`.
      include: process.env['OVIS_SOAK'] ? ['src/**/*.soak.ts'] : ['src/**/*.test.ts'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      typecheck: { enabled: false },
      onConsoleLog: (log) => {
        throw new Error(`a test printed to the console: ${log.slice(0, 200)}`);
      },
      ...test,
    },
  });
}
