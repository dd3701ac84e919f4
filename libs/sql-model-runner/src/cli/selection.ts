import { join, resolve } from 'node:path';
import { readState, type FormerState } from '../artifacts/read-state.ts';
import { SettingsError } from '../errors.ts';
import type { SelectionOptions } from '../graph/selection-request.ts';
import type { Selector } from '../graph/selector.ts';
import { namedSelection, readSelectors } from '../graph/yaml-selectors.ts';
import type { Project } from '../project/project.ts';
import { parseYaml } from '../project/yaml-cursor.ts';
import { selectionOf, type CliIo, type CommandOptions } from './options.ts';

/** What the options choose, and the former run that they compare with. */
export interface CliSelection {
  readonly selection: SelectionOptions;
  /** Null where no option names one. */
  readonly former: FormerState | null;
}

/** Reads the selection from the options, selectors.yml and the folder of `--state`. @throws SelectionError, SettingsError, ProjectError */
export async function readSelection(
  project: Project,
  options: CommandOptions,
  io: CliIo,
  targetPath: string,
): Promise<CliSelection> {
  const folder = options.deferState ?? options.state ?? io.env['DBT_STATE'];
  if (folder !== undefined && resolve(io.cwd, folder) === targetPath)
    throw new SettingsError(
      `--state names the folder that this run writes to (${folder}); keep a copy of the former run elsewhere`,
    );
  const former =
    folder === undefined
      ? null
      : await readState(resolve(io.cwd, folder), project, {
          needsManifest: options.defer === true,
          currentSources: join(targetPath, 'sources.json'),
        });
  if (options.defer === true && former === null)
    throw new SettingsError('--defer needs --state: the folder with the manifest.json of the run that is deferred to');
  const select = selectionOf(options);
  const named = selectorOf(project, options, select.length > 0 || (options.exclude ?? []).length > 0);
  return {
    former,
    selection: {
      select,
      // As in dbt: a selector of selectors.yml says everything by itself.
      exclude: named === null ? (options.exclude ?? []) : [],
      ...(named === null ? {} : { selector: named }),
      ...(options.indirectSelection === undefined ? {} : { indirectSelection: options.indirectSelection }),
      ...(former === null ? {} : { state: former.facts }),
    },
  };
}

/** `--selector`, else the default of selectors.yml where nothing else is selected. */
function selectorOf(project: Project, options: CommandOptions, isSelecting: boolean): Selector | null {
  if (project.selectorsFile === null) {
    if (options.selector === undefined) return null;
    throw new SettingsError(`--selector ${options.selector} needs a selectors.yml in the project's folder`);
  }
  const selectors = readSelectors(parseYaml(project.selectorsFile.path, project.selectorsFile.text));
  const name = options.selector ?? (isSelecting ? undefined : selectors.find(({ isDefault }) => isDefault)?.name);
  return name === undefined ? null : namedSelection(selectors, name);
}
