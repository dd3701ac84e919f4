import type { YamlCursor } from './yaml-cursor.ts';

/** An entry of packages.yml or dependencies.yml. */
export interface DeclaredPackage {
  /** Folder of a local package, as written; null for others. */
  readonly local: string | null;
  /** URL of a git package. */
  readonly git: string | null;
  readonly revision: string | null;
  readonly subdirectory: string | null;
  /** Name in dbt's registry, `dbt-labs/dbt_utils`. */
  readonly registry: string | null;
  /** URL of an archive. */
  readonly tarball: string | null;
}

/** Reads the packages that a project uses. @throws ProjectError with file and line. */
export function declaredPackages(root: YamlCursor): readonly DeclaredPackage[] {
  return root
    .get('packages')
    .items()
    .map((item) => {
      const text = (key: string): string | null => item.get(key).optionalText() ?? null;
      const declared = {
        local: text('local'),
        git: text('git'),
        revision: text('revision'),
        subdirectory: text('subdirectory'),
        registry: text('package'),
        tarball: text('tarball'),
      };
      if ([declared.local, declared.git, declared.registry, declared.tarball].every((value) => value === null))
        item.fail('an entry with "local", "git", "package" or "tarball"');
      return declared;
    });
}
