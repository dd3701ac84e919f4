import { defineConfig } from 'oxlint';

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'promise', 'vitest'],
  jsPlugins: ['./tools/workspace/src/lint-plugin.ts'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true },
  ignorePatterns: ['**/dist/**', '**/golden/**', '**/fixtures/**'],
  rules: {
    'ovis/room-imports': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'off',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/consistent-type-imports': 'error',
    'no-console': 'error',
    'no-await-in-loop': 'off',
    'no-underscore-dangle': 'off',
    'no-shadow': 'off',
    'import/no-unassigned-import': 'off',
    'promise/no-promise-in-callback': 'off',
    'promise/always-return': 'off',
    'import/no-named-as-default-member': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'vitest/valid-title': 'off',
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    // TypeScript's noImplicitReturns says the same, and knows exhaustive switches.
    'typescript/consistent-return': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'vitest/require-mock-type-parameters': 'off',
  },
  overrides: [
    {
      // Templates are compiled to functions; the file says why that is safe.
      files: ['libs/sql-model-runner/src/jinja/codegen/generate.ts'],
      rules: { 'typescript/no-implied-eval': 'off' },
    },
  ],
});
