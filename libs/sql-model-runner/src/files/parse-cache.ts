import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { hashOf, unchangedTrace, type FileTrace } from './traced-files.ts';

const FORMAT = 'ovis-models parse 1';
const HASH_LENGTH = hashOf('').length;
const HEAD = 'ovis_parse.head';
const MANIFEST = 'ovis_parse.manifest';

/** What parsing gave, as far as `parse` needs it. */
export interface ParsedFacts {
  readonly projectName: string;
  readonly targetPath: string;
  readonly nodes: number;
  readonly sources: number;
  readonly warnings: readonly string[];
}

/** All that decided what parsing gave. */
export interface ParseInputs {
  readonly files: FileTrace;
  /** Digests of the environment variables that were read, by name: never their values. */
  readonly environment: ReadonlyMap<string, string>;
}

interface Head {
  readonly key: string;
  readonly salt: string;
  readonly facts: ParsedFacts;
  readonly inputs: ParseInputs;
  readonly manifestHash: string;
}

/** What a former run kept. */
export interface CachedParse {
  readonly facts: ParsedFacts;
  /** manifest.json without its `metadata`, as JSON. */
  readonly manifest: Buffer;
}

/**
 * Keeps in the target folder what parsing gave, beside everything that it depends on: files and lists of files, environment variables, the options, the runner's
 * own version. Whatever is missing, damaged or of another make counts as not there.
 */
export class ParseCache {
  readonly #folder: string;
  readonly #key: string;

  /** @param settings of the command that change what parsing gives; only a digest is kept. */
  constructor(folder: string, settings: unknown) {
    this.#folder = folder;
    this.#key = hashOf(JSON.stringify([FORMAT, process.version, ownVersion(), settings]));
  }

  /** @returns null unless everything is as it was. */
  read(env: Readonly<Record<string, string | undefined>>): CachedParse | null {
    try {
      const head = sealedValue(readFileSync(join(this.#folder, HEAD)));
      if (!isHead(head) || head.key !== this.#key) return null;
      for (const [name, hash] of head.inputs.environment)
        if (environmentHash(head.salt, name, env[name]) !== hash) return null;
      const files = unchangedTrace(head.inputs.files);
      if (files === null) return null;
      const manifest = readFileSync(join(this.#folder, MANIFEST));
      if (hashOf(manifest) !== head.manifestHash) return null;
      const isStamped = files.files.every(({ stamp }, index) => stamp === head.inputs.files.files[index]?.stamp);
      if (!isStamped) this.#writeHead({ ...head, inputs: { ...head.inputs, files } });
      return { facts: head.facts, manifest };
    } catch {
      // A cache that cannot be read or refreshed is no cache; the project's own faults are told by reading it.
      return null;
    }
  }

  /** @param environment the variables that were read, with their values. A folder that cannot be written to stays without a cache. */
  write(
    facts: ParsedFacts,
    manifest: string,
    inputs: { readonly files: FileTrace; readonly environment: ReadonlyMap<string, string | undefined> },
  ): void {
    const salt = randomUUID();
    const environment = new Map(
      [...inputs.environment].map(([name, value]) => [name, environmentHash(salt, name, value)] as const),
    );
    const bytes = Buffer.from(manifest);
    const manifestHash = hashOf(bytes);
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeWhole(join(this.#folder, MANIFEST), bytes);
      this.#writeHead({ key: this.#key, salt, facts, inputs: { files: inputs.files, environment }, manifestHash });
    } catch {
      this.remove();
    }
  }

  remove(): void {
    for (const name of [HEAD, MANIFEST]) {
      try {
        unlinkSync(join(this.#folder, name));
      } catch {
        // It was not there, or cannot be removed: what it says is looked through before it is used.
      }
    }
  }

  #writeHead(head: Head): void {
    writeWhole(join(this.#folder, HEAD), sealed(head));
  }
}

function sealed(value: unknown): Buffer {
  const bytes = serialize(value);
  return Buffer.concat([Buffer.from(hashOf(bytes)), bytes]);
}

/** Null where the digest in front is not that of what follows. */
function sealedValue(bytes: Buffer): unknown {
  const content = bytes.subarray(HASH_LENGTH);
  return bytes.subarray(0, HASH_LENGTH).toString() === hashOf(content) ? deserialize(content) : null;
}

function isHead(value: unknown): value is Head {
  return typeof value === 'object' && value !== null && 'key' in value && 'inputs' in value;
}

/** Readers find the former file or the whole new one. */
function writeWhole(file: string, bytes: Uint8Array): void {
  const aside = `${file}.${String(process.pid)}.${randomUUID()}`;
  try {
    writeFileSync(aside, bytes, { mode: 0o600 });
    renameSync(aside, file);
  } catch (error) {
    try {
      unlinkSync(aside);
    } catch {
      // Nothing was written.
    }
    throw error;
  }
}

function environmentHash(salt: string, name: string, value: string | undefined): string {
  return hashOf(`${salt}\0${name}\0${value === undefined ? 'unset' : `set ${value}`}`);
}

/** The package's version; run from its sources, what its files look like besides. */
function ownVersion(): string {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  if (!import.meta.url.endsWith('.ts')) return text;
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const stamps = files
    .map((name) => statSync(join(root, 'src', name)))
    .map(({ size, mtimeMs }) => `${size} ${mtimeMs}`);
  return hashOf([text, ...files, ...stamps].join('\n'));
}
