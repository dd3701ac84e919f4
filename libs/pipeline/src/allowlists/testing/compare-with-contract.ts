import type { AllowlistDefinition } from '@ovis/pii-allowlist';
import { contractFields, type ContractField } from './contract-fields.ts';

/** Where an allowlist and the contract disagree. Everything is empty when they agree. */
export interface Disagreement {
  /** Fields of the contract that are neither allowed nor listed as left out. */
  readonly undecided: readonly string[];
  /** Fields that the contract marks as personal and the allowlist lets pass. */
  readonly personalButAllowed: readonly string[];
  /** Declared paths, allowed or left out, that the contract does not know. */
  readonly unknownToContract: readonly string[];
}

/** Compares an allowlist with the fields of a contract; by default those of the schema of the same name in the API's. */
export function compareWithContract(
  definition: AllowlistDefinition,
  fields: readonly ContractField[] = contractFields(definition.entity),
): Disagreement {
  const allowed = new Set(Object.keys(definition.fields));
  const leftOut = Object.keys(definition.leftOut);
  const covers = (declared: string, path: string): boolean => path === declared || path.startsWith(`${declared}.`);
  const declared = [...allowed, ...leftOut];
  return {
    undecided: fields
      .filter(({ path }) => !allowed.has(path) && !leftOut.some((left) => covers(left, path)))
      .map(({ path }) => path),
    personalButAllowed: fields.filter(({ path, personal }) => personal && allowed.has(path)).map(({ path }) => path),
    unknownToContract: declared.filter((name) => !fields.some(({ path }) => covers(name, path))),
  };
}
