import { md5 } from '../project/md5.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { pythonRepr, pythonText } from './python-text.ts';

/** The names that dbt gives a generic test. */
export interface TestNames {
  /** The full name; part of the unique id. */
  readonly full: string;
  /** At most 63 characters: the name of the compiled file. */
  readonly short: string;
}

/**
 * Makes a generic test's name of what it tests.
 *
 * @param type the macro, with `source_` in front for tests of sources and the package's name where one was written.
 * @param target name of the model, or `<source>_<table>`.
 * @param args arguments as written, with `column_name`, without `model`.
 */
export function testNames(type: string, target: string, args: Readonly<Record<string, unknown>>): TestNames {
  const parts = Object.keys(args)
    .filter((name) => name !== 'model')
    .toSorted()
    .flatMap((name) => flatten(args[name]))
    .map((part) => pythonText(part).replaceAll(/[^0-9a-zA-Z_]+/gu, '_'));
  const identifier = `${type}_${target}`;
  const full = `${identifier}_${parts.join('__')}`;
  return { full, short: full.length < 64 ? full : `${identifier.slice(0, 30)}_${md5(full)}` };
}

function flatten(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [value];
}

/** The ten digits behind a generic test's unique id, which tell apart tests of the same name. */
export function testHash(
  name: string,
  metadata: {
    readonly namespace: string | null;
    readonly name: string;
    readonly kwargs: Readonly<Record<string, unknown>>;
  },
): string {
  return md5(`${name}${pythonRepr(hashable({ ...metadata }))}`).slice(-10);
}

function hashable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hashable);
  if (!isRecord(value)) return pythonText(value);
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, hashable(value[key])]),
  );
}
