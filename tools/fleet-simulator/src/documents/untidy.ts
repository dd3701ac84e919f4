import { below, hash, pick, unit } from '../world/hash.ts';
import { canary } from './canary.ts';
import { defectOf, objectDefectOf, type Defect, type DefectRates } from './defects.ts';
import type { Entity, FieldType } from './entities.ts';
import type { Json, JsonObject } from './json.ts';

type Draft = Record<string, Json>;

/**
 * An item as an untidy shard sends it: optional fields missing, null, as numeric text or of a wrong type, and fields
 * that the contract does not name. Its `kept` fields and its personal fields stay as they are.
 *
 * @param key hash of the item as it stands; see {@link defectOf}.
 */
export function untidyDocument(tidy: JsonObject, entity: Entity, key: number, rates: DefectRates): JsonObject {
  const id = idOf(tidy, entity);
  const document = copy(tidy);
  entity.fields.forEach((field, place) => {
    const holder = field.parent === null ? document : asObject(document[field.parent]);
    if (holder === null || holder[field.name] === undefined) return;
    const defect = defectOf(key, place, field, rates);
    if (defect !== null) spoil(holder, field.name, defect, wrongValue(field.type, id, hash(key, -1 - place)));
  });
  for (const parent of entity.objects) {
    const defect = objectDefectOf(key, parent, rates);
    if (defect !== null) spoil(document, parent, defect, canary('no-object', id));
  }
  if (unit(key, 3) < rates.unknownFields) addUnknownFields(document, id, key);
  return document;
}

function idOf(tidy: JsonObject, entity: Entity): string {
  const id = tidy[entity.kept[0]];
  return typeof id === 'string' ? id : '';
}

function copy(tidy: JsonObject): Draft {
  return Object.fromEntries(
    Object.entries(tidy).map(([name, value]) => {
      const nested = asObject(value);
      return [name, nested === null ? value : { ...nested }];
    }),
  );
}

function asObject(value: Json): Draft | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Draft) : null;
}

function spoil(holder: Draft, name: string, defect: Defect, wrong: Json): void {
  if (defect === 'missing') delete holder[name];
  else if (defect === 'null') holder[name] = null;
  else if (defect === 'wrongType') holder[name] = wrong;
  // A number that happens to be null has no text.
  else if (holder[name] !== null) holder[name] = JSON.stringify(holder[name]);
}

/** A value that no reading can take for the type; some hold personal data. */
function wrongValue(type: FieldType, id: string, key: number): Json {
  const always: readonly [Json, ...Json[]] = [{ value: canary('wrong', id) }, [canary('wrong', id)]];
  if (type === 'text') return pick(key, 1, [...always, true]);
  if (type === 'boolean') return pick(key, 1, [...always, canary('wrong', id), 7]);
  if (type === 'integer' || type === 'number') return pick(key, 1, [...always, canary('wrong', id), true, 'NaN', '']);
  return pick(key, 1, [...always, canary('wrong', id), false]);
}

function addUnknownFields(document: Draft, id: string, key: number): void {
  document['residentName'] = canary('resident', id);
  document['schemaRevision'] = below(key, 4, 9);
  // The key is itself personal data.
  document[canary('key', id)] = { since: '2026-01-01', tags: [canary('tag', id), 7, null] };
  document['audit'] = {
    changes: [{ by: { email: `${canary('editor', id)}@example.com` }, at: null }],
    depth: { a: { b: [[canary('deep', id)]] } },
  };
  for (const [name, value] of Object.entries(document)) {
    const nested = asObject(value);
    if (nested === null || name === 'audit' || name.startsWith(canary('key', ''))) continue;
    nested['lastUser'] = canary('last-user', id);
    nested[canary('nested-key', id)] = true;
  }
}
