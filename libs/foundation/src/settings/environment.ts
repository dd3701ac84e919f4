import { SettingsError } from '../errors.ts';

/** The environment as a program gets it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `NAME`, or the file that `NAME_FILE` names (a mounted secret; a line break at its end does not count).
 *
 * @returns undefined when neither is set, or the value is empty.
 * @throws SettingsError if both are set, or the file cannot be read.
 */
export function readSetting(env: Environment, name: string, readFile: (path: string) => string): string | undefined {
  const value = env[name];
  const path = env[`${name}_FILE`];
  if (value && path) throw new SettingsError(name, `and ${name}_FILE are both set; keep one of them`);
  if (!path) return value || undefined;
  try {
    return readFile(path).replace(/\r?\n$/, '') || undefined;
  } catch (cause) {
    throw new SettingsError(`${name}_FILE`, `names ${path}, which cannot be read; mount the secret or set ${name}`, {
      cause,
    });
  }
}

/**
 * @throws SettingsError if the value is no whole number of [min, max].
 */
export function parseInteger(
  env: Environment,
  name: string,
  range: { readonly min: number; readonly max: number; readonly default: number },
): number {
  const text = env[name];
  if (!text) return range.default;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.min && value <= range.max) return value;
  throw new SettingsError(
    name,
    `is "${text}"; it must be a whole number from ${String(range.min)} to ${String(range.max)}`,
  );
}
