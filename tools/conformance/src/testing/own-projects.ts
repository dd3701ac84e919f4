import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where the projects of this tool lie. */
export const OWN_PROJECTS = fileURLToPath(new URL('../../projects', import.meta.url));

/** One of so many projects runs in CI. */
const SHARE = 14;

/** The names of all projects of this tool, in order. */
export async function ownProjects(): Promise<readonly string[]> {
  return (await readdir(OWN_PROJECTS)).toSorted();
}

/** Whether CI runs a project: told by its name alone, so that another project does not change which others run. */
export function isInCi(name: string): boolean {
  let digest = 7;
  for (const character of name) digest = (digest * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return digest % SHARE === 0;
}
