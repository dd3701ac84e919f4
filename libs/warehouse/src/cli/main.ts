#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runCli } from './run-cli.ts';

process.exitCode = await runCli({
  args: process.argv.slice(2),
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
});
