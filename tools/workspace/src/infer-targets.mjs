// Nx plugin: every workspace package gets the targets that its files ask for, so no package repeats them.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const NODE = 'node --conditions=ovis-source';

/** What decides on a finding besides the code. */
const LINTER = [
  '{workspaceRoot}/oxlint.config.ts',
  '{workspaceRoot}/tools/workspace/src/**',
  { externalDependencies: ['oxlint-tsgolint'] },
];

/** @param {string} dir @param {(name: string) => boolean} wanted @returns {boolean} whether a file below `dir` is wanted */
function hasFile(dir, wanted) {
  if (!existsSync(dir)) return false;
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).some(wanted);
}

/** @param {string} root project folder, relative to the workspace @param {string} workspaceRoot */
function targetsOf(root, workspaceRoot) {
  const source = join(workspaceRoot, root, 'src');
  const dependencySources = { inputs: ['sources', '^sources', 'toolchain'] };
  /** @type {Record<string, object>} */
  const targets = {
    lint: {
      cache: true,
      // Rules that know types look into the projects that this one uses.
      inputs: ['sources', '^sources', ...LINTER, 'toolchain'],
      command: `oxlint --deny-warnings ${root}`,
    },
  };
  if (!existsSync(join(workspaceRoot, root, 'tsconfig.json'))) return targets;
  targets['typecheck'] = { cache: true, ...dependencySources, command: `tsc --noEmit -p ${root}/tsconfig.json` };
  if (hasFile(source, (name) => name.endsWith('.test.ts'))) {
    targets['test'] = {
      cache: true,
      inputs: [
        ...dependencySources.inputs,
        'schemaAndModels',
        { env: 'OVIS_TEST_DATABASE' },
        // It plants an import and runs the linter as it is set up here.
        ...(root === 'tools/workspace' ? LINTER : []),
      ],
      command: `${NODE} node_modules/vitest/vitest.mjs run --root ${root}`,
    };
  }
  if (hasFile(source, (name) => name.endsWith('.soak.ts'))) {
    targets['soak'] = {
      cache: false,
      command: `OVIS_SOAK=1 ${NODE} node_modules/vitest/vitest.mjs run --root ${root}`,
    };
  }
  if (existsSync(join(workspaceRoot, root, 'tsconfig.build.json'))) {
    targets['build'] = {
      cache: true,
      dependsOn: ['^build'],
      inputs: ['sources', '^sources', 'toolchain'],
      outputs: ['{projectRoot}/dist'],
      command: `node -e "require('fs').rmSync('${root}/dist',{recursive:true,force:true})" && tsc -p ${root}/tsconfig.build.json`,
    };
  }
  if (root.startsWith('apps/')) {
    targets['build'] = {
      cache: true,
      inputs: ['sources', '^sources', 'schemaAndModels', 'toolchain'],
      outputs: ['{projectRoot}/dist'],
      command: `node tools/workspace/src/bundle-app.mjs ${root}`,
    };
  }
  return targets;
}

export const createNodesV2 = [
  '{libs,apps,tools}/*/package.json',
  /** @param {readonly string[]} files @param {unknown} _options @param {{ workspaceRoot: string }} context */
  (files, _options, context) =>
    files.map((file) => {
      const root = dirname(file);
      return [file, { projects: { [root]: { root, targets: targetsOf(root, context.workspaceRoot) } } }];
    }),
];
