// Bundles an app into <app>/dist: a folder that plain `node` starts, with the migrations and models that it brings along.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = process.argv[2];
if (!root || !existsSync(join(root, 'src/main.ts'))) {
  process.stderr.write('usage: node bundle-app.mjs apps/<name>, with a src/main.ts in it\n');
  process.exit(2);
}

const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const out = join(root, 'dist');
rmSync(out, { recursive: true, force: true });

await build({
  entryPoints: {
    main: join(root, 'src/main.ts'),
    // What the same image runs besides: the init container and the models' command.
    'ovis-migrate': 'libs/warehouse/src/cli/main.ts',
    'ovis-models': 'libs/sql-model-runner/src/cli/main.ts',
  },
  outdir: out,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  conditions: ['ovis-source'],
  sourcemap: true,
  // The driver's optional native binding, which we do not use.
  external: ['pg-native'],
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

for (const folder of ['migrations', 'models']) {
  cpSync(resolve(folder), join(out, folder), {
    recursive: true,
    filter: (path) => !/[/\\](?:target|dbt_packages|logs)$/.test(path),
  });
}
writeFileSync(
  join(out, 'package.json'),
  `${JSON.stringify({ name, version, private: true, type: 'module' }, null, 2)}\n`,
);
