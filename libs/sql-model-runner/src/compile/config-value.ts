import { ModelRunnerError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import type { NodeConfig } from '../project/config.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { named, textOf } from './call-arguments.ts';
import { fn } from './node-scope.ts';
import { hostObject, toHost, toPython, type CallArguments, type Value } from './template-engine.ts';

/** `config` while parsing: collects what the calls say. Answers nothing, as dbt's. */
export function collectingConfig(collect: (config: NodeConfig) => void): Value {
  const silent = (name: string): Value => fn(name, () => '');
  return hostObject({
    typeName: 'config',
    call: (args) => {
      collect(givenConfig(args));
      return '';
    },
    attributes: {
      get: silent('get'),
      require: silent('require'),
      set: silent('set'),
      meta_get: silent('meta_get'),
      meta_require: silent('meta_require'),
      persist_relation_docs: fn('persist_relation_docs', () => false),
      persist_column_docs: fn('persist_column_docs', () => false),
    },
  });
}

/** What a call of `config` says: a mapping, keywords, or both. */
export function givenConfig(args: CallArguments): NodeConfig {
  const [first] = args.positional.map(toHost);
  const keywords = Object.fromEntries([...args.keyword].map(([key, value]) => [key, toHost(value)]));
  return { ...(isRecord(first) ? first : {}), ...keywords };
}

/** `config` while running: answers what is configured. */
export function readingConfig(config: NodeConfig): Value {
  const meta = isRecord(config['meta']) ? config['meta'] : {};
  const docs = isRecord(config['persist_docs']) ? config['persist_docs'] : {};
  return hostObject({
    typeName: 'config',
    call: () => '',
    attributes: {
      get: fn('get', (args) => valueOr(config, args)),
      require: fn('require', (args) => required(config, args)),
      set: fn('set', () => ''),
      meta_get: fn('meta_get', (args) => valueOr(meta, args)),
      meta_require: fn('meta_require', (args) => required(meta, args)),
      persist_relation_docs: fn('persist_relation_docs', () => docs['relation'] === true),
      persist_column_docs: fn('persist_column_docs', () => docs['columns'] === true),
    },
  });
}

function valueOr(config: NodeConfig, args: CallArguments): Value {
  const { name, default: byDefault } = named(args, ['name', 'default']);
  const value = config[keyOf(name)];
  return value === undefined || value === null ? (byDefault ?? null) : toPython(value);
}

function required(config: NodeConfig, args: CallArguments): Value {
  const { name } = named(args, ['name']);
  const value = config[keyOf(name)];
  if (value !== undefined && value !== null) return toPython(value);
  throw new ModelRunnerError(
    `config.require("${keyOf(name)}") finds no such configuration${suggestion(keyOf(name), Object.keys(config))}`,
    'terminal',
  );
}

function keyOf(name: Value | undefined): string {
  return textOf(name).replace(/^(?<when>pre|post)-hook$/u, '$<when>_hook');
}
