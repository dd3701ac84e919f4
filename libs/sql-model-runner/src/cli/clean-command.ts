import { rm } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { SettingsError } from '../errors.ts';
import { openProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';

/** `clean`: removes the folders that dbt_project.yml names as `clean-targets`. @returns the exit code. */
export async function cleanCommand(options: CommandOptions, io: CliIo): Promise<number> {
  const { project, projectDir } = await openProject(options, io);
  const { cleanTargets, paths } = project.file;
  const sources = Object.values(paths).flat() as readonly string[];
  for (const target of cleanTargets) {
    const folder = resolve(projectDir, target);
    const isInside = folder.startsWith(`${projectDir}${sep}`);
    if (!isInside)
      throw new SettingsError(
        `clean-targets names "${target}", which is not inside of the project; nothing is removed there`,
      );
    if (sources.some((path) => path === target || path.startsWith(`${target}/`)))
      throw new SettingsError(`clean-targets names "${target}", which holds the project's own files`);
    await rm(folder, { recursive: true, force: true });
    if (!options.quiet) io.out(`removed ${target}\n`);
  }
  return 0;
}
