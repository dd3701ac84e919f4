/** `models/staging/a.sql` below `models` → `staging/a.sql`, for the first of the folders that holds it; null when none does. */
export function pathBelow(path: string, folders: readonly string[]): string | null {
  for (const folder of folders) if (path.startsWith(`${folder}/`)) return path.slice(folder.length + 1);
  return null;
}

/** `staging/a.sql` → `a`. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/u, '');
}

/** Project, folders, name: what configuration trees and selectors go by. */
export function fqnOf(project: string, relativePath: string, name: string): readonly string[] {
  return [project, ...relativePath.split('/').slice(0, -1), name];
}
