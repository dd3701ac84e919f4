import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where the rendered SQL of a node goes, and what is told of a run. */
export interface TargetWriter {
  /** `<target>/compiled/<path>`: the select. @returns the file's path as shown in messages. */
  writeCompiled(path: string, sql: string): Promise<string>;
  /** `<target>/run/<path>`: the statements that built it. */
  writeRun(path: string, sql: string): Promise<string>;
  /** `<target>/<name>`, e.g. `manifest.json`. */
  writeArtifact(name: string, content: object): Promise<string>;
}

/** @param targetPath dbt's target folder, `target` in the project unless asked otherwise. */
export function targetWriter(targetPath: string): TargetWriter {
  const write = async (path: string, text: string): Promise<string> => {
    const file = join(targetPath, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text.endsWith('\n') ? text : `${text}\n`);
    return file;
  };
  return {
    writeCompiled: (path, sql) => write(join('compiled', path), sql),
    writeRun: (path, sql) => write(join('run', path), sql),
    writeArtifact: (name, content) => write(name, JSON.stringify(content)),
  };
}
