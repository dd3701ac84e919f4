import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const CONTRACT = new URL('../../../../../tools/fleet-simulator/contract/ovis-api.yaml', import.meta.url);

/** A property of a schema, as far as the allowlists care. */
interface Property {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Property>>;
}

interface Contract {
  readonly components: { readonly schemas: Readonly<Record<string, Property>> };
}

/** One field of an entity as the contract names it. */
export interface ContractField {
  /** Names joined by dots. */
  readonly path: string;
  /** Whether it, or an object around it, is marked as personal data. */
  readonly personal: boolean;
}

/** The fields of a schema of the API's contract, leaves only, in the order of the document. */
export function contractFields(entity: string): readonly ContractField[] {
  const contract = parse(readFileSync(CONTRACT, 'utf8')) as Contract;
  const schema = contract.components.schemas[entity];
  if (schema === undefined) throw new Error(`the contract has no schema "${entity}"`);
  return leaves(schema, '', false);
}

function leaves(schema: Property, path: string, personal: boolean): ContractField[] {
  if (schema.properties === undefined) return [{ path, personal }];
  return Object.entries(schema.properties).flatMap(([name, child]) =>
    leaves(child, path === '' ? name : `${path}.${name}`, personal || isPersonal(child)),
  );
}

/** A field is marked by its own description; that of an object only says so if it starts with the mark. */
function isPersonal(property: Property): boolean {
  const text = property.description ?? '';
  return property.properties === undefined ? text.includes('personal data') : text.startsWith('personal data');
}
