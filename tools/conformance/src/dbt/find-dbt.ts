import { access } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where `install-dbt` puts dbt: an ignored folder of the checkout. */
export const DBT_FOLDER = fileURLToPath(new URL('../../../../node_modules/.cache/dbt', import.meta.url));

/**
 * The Python that has dbt-core and dbt-postgres: of `OVIS_DBT_PYTHON`, of the folder that `install-dbt` fills, or beside a `dbt` on
 * the path.
 *
 * @returns null where there is none.
 */
export async function findDbtPython(env: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const given = env['OVIS_DBT_PYTHON'];
  if (given !== undefined && given !== '') return given;
  const folders = [join(DBT_FOLDER, 'bin'), ...(env['PATH'] ?? '').split(delimiter)];
  for (const folder of folders) {
    const isThere = await access(join(folder, 'dbt')).then(
      () => true,
      () => false,
    );
    if (isThere) return join(dirname(join(folder, 'dbt')), 'python');
  }
  return null;
}
