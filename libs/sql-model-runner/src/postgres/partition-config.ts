import { ProjectError } from '../errors.ts';
import { display } from '../project/display.ts';
import { suggestion } from '../project/suggestion.ts';
import type { ProjectNode } from '../project/project.ts';
import { isRecord } from '../project/yaml-cursor.ts';

export const GRANULARITIES = ['day', 'month', 'year'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** How far back rows are kept. */
export interface Retention {
  readonly count: number;
  readonly unit: 'day' | 'week' | 'month' | 'year';
}

/** `partition_by` of a table or an incremental model: native range partitions, one for each day, month or year (UTC) of a column. */
export interface PartitionBy {
  /** Name of a column of the model: a date, or a timestamp with or without a time zone. */
  readonly field: string;
  readonly granularity: Granularity;
  /** Null: everything is kept. */
  readonly retention: Retention | null;
}

const KEYS = ['field', 'granularity', 'retention'];

/** @returns null where the model is not partitioned. @throws ProjectError with the model's file, the key, what it holds and what was expected. */
export function readPartitionBy(node: Pick<ProjectNode, 'config' | 'place'>): PartitionBy | null {
  const given = node.config['partition_by'] ?? null;
  if (given === null) return null;
  const wrong = (key: string, problem: string): ProjectError =>
    new ProjectError(`config "${['partition_by', ...(key === '' ? [] : [key])].join('.')}" ${problem}`, node.place);
  if (!isRecord(given))
    throw wrong('', `is ${display(given)}; expected {field: <column>, granularity: month, retention: '24 months'}`);
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw wrong(unknown, `is unknown${suggestion(unknown, KEYS) || `; known are ${KEYS.join(', ')}`}`);
  const { field, granularity = 'month', retention = null } = given;
  if (typeof field !== 'string' || field.trim() === '')
    throw wrong('field', `is ${display(field ?? null)}; expected the name of a column of the model`);
  const known = GRANULARITIES.find((value) => value === granularity);
  if (known === undefined)
    throw wrong('granularity', `is ${display(granularity)}; expected one of ${GRANULARITIES.join(', ')}`);
  const kept = retention === null ? null : readRetention(retention);
  if (kept === undefined)
    throw wrong(
      'retention',
      `is ${display(retention)}; expected a number of days, weeks, months or years, such as '24 months'`,
    );
  return { field: field.trim(), granularity: known, retention: kept };
}

function readRetention(given: unknown): Retention | undefined {
  const found = typeof given === 'string' ? /^\s*(\d{1,5})\s+(day|week|month|year)s?\s*$/iu.exec(given) : null;
  const [, count = '0', unit = ''] = found ?? [];
  if (Number(count) === 0) return undefined;
  return { count: Number(count), unit: unit.toLowerCase() as Retention['unit'] };
}
