import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

/** A JSON Schema in the contract. */
export interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  additionalProperties?: boolean;
  items?: SchemaNode;
  required?: readonly string[];
  type?: string | readonly string[];
  [keyword: string]: unknown;
}

interface Contract {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, unknown>> }>>>
  >;
  readonly components: { readonly schemas: Record<string, SchemaNode> };
}

const DOCUMENT = 'ovis-api.yaml';

/** The contract, parsed. */
export function readContract(): Contract {
  const file = new URL('../../contract/ovis-api.yaml', import.meta.url);
  return parse(readFileSync(file, 'utf8')) as Contract;
}

/**
 * `strict` also refuses every field that the contract does not name. `untidy` allows what the contract's description
 * warns of: an optional field may be null, and a number may be numeric text.
 */
export type Strictness = 'strict' | 'untidy';

/** Checks responses against the contract; `$ref`s are resolved by the validator. */
export interface ContractChecker {
  /** What is wrong with a response body, one line a problem; empty when nothing is. */
  problems(operationId: string, status: number, contentType: string, body: unknown): string[];
}

/** Loads the contract and changes its schemas as the strictness says. */
export function contractChecker(strictness: Strictness): ContractChecker {
  const contract = readContract();
  for (const schema of Object.values(contract.components.schemas)) {
    if (strictness === 'strict') refuseUnknownFields(schema);
    else allowUntidyFields(schema);
  }
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(contract, DOCUMENT);
  const compiled = new Map<string, ValidateFunction>();
  return {
    problems: (operationId, status, contentType, body) => {
      const pointer = responsePointer(contract, operationId, status, contentType);
      const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `${DOCUMENT}#${pointer}` });
      compiled.set(pointer, validate);
      validate(body);
      return (validate.errors ?? []).map(({ instancePath, message }) => `${operationId} ${instancePath} ${message}`);
    },
  };
}

/** Where the schema of a response stands in the contract. */
function responsePointer(contract: Contract, operationId: string, status: number, contentType: string): string {
  // Problem documents may come for any request, also where the contract lists no status for them.
  const problem = '/components/responses/Problem/content/application~1problem+json/schema';
  if (status !== 200) return problem;
  for (const [path, methods] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (!('operationId' in operation) || operation.operationId !== operationId) continue;
      const parts = ['paths', path, method, 'responses', String(status), 'content', contentType, 'schema'];
      return parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
    }
  }
  throw new Error(`the contract has no operation ${operationId}`);
}

function refuseUnknownFields(schema: SchemaNode): void {
  if (schema.properties === undefined) return;
  schema.additionalProperties = false;
  Object.values(schema.properties).forEach(refuseUnknownFields);
}

const NUMERIC_TEXT = { type: 'string', pattern: '^-?\\d+(\\.\\d+)?$' };

function allowUntidyFields(schema: SchemaNode): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    allowUntidyFields(field);
    if (schema.required?.includes(name) === true) continue;
    const isNumber = [field.type].flat().some((type) => type === 'number' || type === 'integer');
    const choices = [{ ...field }, { type: 'null' }, ...(isNumber ? [NUMERIC_TEXT] : [])];
    if (schema.properties !== undefined) schema.properties[name] = { anyOf: choices };
  }
}
