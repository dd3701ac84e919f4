import { readFileSync } from 'node:fs';
import type { ContractField } from './contract-fields.ts';

const CONTRACTS = new URL('../../../../../tools/fleet-simulator/contract/', import.meta.url);

/** The columns of a table of the battery database, in the order of its contract. A comment that ends in "personal data" marks one. */
export function batteryTableFields(table: string): readonly ContractField[] {
  const sql = readFileSync(new URL('battery-db.sql', CONTRACTS), 'utf8');
  const body = new RegExp(String.raw`create table ${table} \(\n(.*?)\n\);`, 's').exec(sql)?.[1];
  if (body === undefined) throw new Error(`the contract of the battery database has no table "${table}"`);
  return body.split('\n').map((line) => {
    const name = /^\s*([a-z_]+)\s+[a-z]/.exec(line)?.[1];
    if (name === undefined) throw new Error(`the contract of table "${table}" has a line that declares no column`);
    return { path: name, personal: /--.*\bpersonal data\b/.test(line) };
  });
}

/** The fields of a line of evaluation results: those of the contract's example; prose names the personal ones. */
export function evaluationResultFields(): readonly ContractField[] {
  const text = readFileSync(new URL('battery-eval-results.md', CONTRACTS), 'utf8');
  const example = /^ {6}(\{.*?\})\s*$/ms.exec(text)?.[1];
  if (example === undefined) throw new Error('the contract of the evaluation results has no example line');
  const personal = new Set([...text.matchAll(/`([A-Za-z.]+)` is personal data/g)].map(([, path]) => path));
  return leaves(JSON.parse(example), '').map((path) => ({ path, personal: personal.has(path) }));
}

function leaves(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, child]) => leaves(child, path === '' ? name : `${path}.${name}`));
}
