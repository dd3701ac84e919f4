import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where the rendered SQL of a node goes. */
export interface TargetWriter {
  /** `<target>/compiled/<project>/<path>`: the select. @returns the file's path as shown in messages. */
  writeCompiled(path: string, sql: string): Promise<string>;
  /** `<target>/run/<project>/<path>`: the statements that built it. */
  writeRun(path: string, sql: string): Promise<string>;
}

/** @param targetPath dbt's target folder, `target` in the project unless asked otherwise. */
export function targetWriter(targetPath: string, projectName: string): TargetWriter {
  const write = async (kind: string, path: string, sql: string): Promise<string> => {
    const file = join(targetPath, kind, projectName, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, sql.endsWith('\n') ? sql : `${sql}\n`);
    return file;
  };
  return {
    writeCompiled: (path, sql) => write('compiled', path, sql),
    writeRun: (path, sql) => write('run', path, sql),
  };
}
