import { SettingsError } from '../errors.ts';
import { defined, isSslMode, SSL_MODES, type PostgresSettings } from '../postgres/connection-settings.ts';
import type { RenderText } from '../project/project-file.ts';
import { display } from '../project/display.ts';
import { renderTree } from '../project/project-file.ts';
import type { Target } from '../project/project.ts';
import { isRecord, parseYaml, type YamlCursor } from '../project/yaml-cursor.ts';
import { suggestion } from '../project/suggestion.ts';

/** What a profile says: the target as templates see it, and how to connect. */
export interface Profile {
  readonly target: Target;
  readonly settings: PostgresSettings;
}

export interface ProfileChoice {
  /** Entry of the file: the project's `profile`. */
  readonly profileName: string;
  /** One of its outputs; null for the one that the profile names as its `target`. */
  readonly targetName: string | null;
  readonly threads: number | null;
}

/**
 * Reads profiles.yml.
 *
 * @param file as shown in messages.
 * @throws SettingsError naming the entry that is missing or wrong; no value of the file is ever part of it.
 */
export function readProfile(file: string, text: string, choice: ProfileChoice, render: RenderText): Profile {
  const root = parseYaml(file, text);
  const profile = entryOf(root, choice.profileName, `profile "${choice.profileName}"`, file);
  const outputs = profile.get('outputs');
  const byDefault = profile.get('target').isMissing ? 'default' : display(renderTree(profile.get('target'), render));
  const targetName = choice.targetName ?? byDefault;
  const output = entryOf(outputs, targetName, `target "${targetName}" in the outputs of "${choice.profileName}"`, file);
  const values = renderTree(output, render) as Readonly<Record<string, unknown>>;
  return toProfile(values, { ...choice, targetName }, `${file}: ${choice.profileName}.outputs.${targetName}`);
}

function entryOf(holder: YamlCursor, name: string, what: string, file: string): YamlCursor {
  const entry = holder.get(name);
  if (isRecord(entry.value)) return entry;
  const known = isRecord(holder.value) ? Object.keys(holder.value).filter((key) => key !== 'config') : [];
  throw new SettingsError(`${file} has no ${what}${suggestion(name, known)}; it has: ${known.join(', ') || 'nothing'}`);
}

function toProfile(
  values: Readonly<Record<string, unknown>>,
  choice: ProfileChoice & { readonly targetName: string },
  place: string,
): Profile {
  const text = (...keys: string[]): string | undefined => {
    const key = keys.find((candidate) => values[candidate] !== undefined && values[candidate] !== null);
    return key === undefined ? undefined : display(values[key]);
  };
  const needed = (...keys: string[]): string => {
    const value = text(...keys);
    if (value === undefined || value === '') throw new SettingsError(`${place} has no "${keys[0] ?? ''}"`);
    return value;
  };
  const count = (key: string, byDefault: number): number => {
    const value = Number(text(key) ?? byDefault);
    if (!Number.isInteger(value) || value < 0) throw new SettingsError(`${place}: "${key}" is no whole number`);
    return value;
  };
  if (needed('type') !== 'postgres')
    throw new SettingsError(`${place} is of type "${needed('type')}"; only "postgres" can be run`);
  const sslMode = text('sslmode');
  if (sslMode !== undefined && !isSslMode(sslMode)) {
    throw new SettingsError(`${place}: "sslmode" is "${sslMode}"; expected one of ${SSL_MODES.join(', ')}`);
  }
  const [host, port, user, database] = [
    needed('host'),
    count('port', 5432),
    needed('user'),
    needed('dbname', 'database'),
  ];
  const role = text('role');
  return {
    target: {
      name: choice.targetName,
      profileName: choice.profileName,
      type: 'postgres',
      schema: needed('schema'),
      database,
      threads: choice.threads ?? count('threads', 1),
      host,
      port,
      user,
      ...defined('role', role),
    },
    settings: {
      host,
      port,
      user,
      database,
      ...defined('password', text('password', 'pass')),
      ...defined('sslMode', sslMode),
      ...defined('sslRootCert', text('sslrootcert')),
      ...defined('sslCert', text('sslcert')),
      ...defined('sslKey', text('sslkey')),
      connectTimeoutSeconds: count('connect_timeout', 10),
      ...defined('role', role),
      ...defined('searchPath', text('search_path')),
      ...defined('applicationName', text('application_name')),
    },
  };
}
