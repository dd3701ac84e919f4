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

/** Of a writer into a folder. */
export interface FolderWriter extends TargetWriter {
  /** `<target>/<name>` of bytes as they are. */
  writeBytes(name: string, parts: readonly Uint8Array[]): Promise<string>;
}

/** @param targetPath dbt's target folder, `target` in the project unless asked otherwise. */
export function targetWriter(targetPath: string): FolderWriter {
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
    writeBytes: async (name, parts) => {
      const file = join(targetPath, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, [...parts, Buffer.from('\n')]);
      return file;
    },
  };
}
