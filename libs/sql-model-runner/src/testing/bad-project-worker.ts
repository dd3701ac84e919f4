// Reads, parses and renders changed projects in a thread of its own, so that one that never ends can be ended from outside.
import { parentPort, workerData } from 'node:worker_threads';
import { JinjaError } from '../compile/template-engine.ts';
import { ModelRunnerError } from '../errors.ts';
import { readProjectFiles } from '../files/read-project.ts';
import { parseProject, parseProjectFile, type ParseOptions } from '../parse/parse-project.ts';
import type { PackageFiles, Project, ProjectFiles, ProjectNode } from '../project/project.ts';
import { compileProject } from '../run/compile-project.ts';
import { readSeed } from '../seed/read-seed.ts';
import type { BadProject, BadProjectVerdict } from './bad-projects.ts';
import { mutate } from './mutate-text.ts';
import { TEST_TARGET } from './project-of.ts';

const OPTIONS: ParseOptions = {
  target: TEST_TARGET,
  vars: {},
  env: {},
  invocation: { id: 'test', startedAt: new Date('2024-02-29T12:34:56.789Z'), verb: 'parse', fullRefresh: false },
};
const projects = (workerData as readonly string[]).map((folder) =>
  readProjectFiles(folder, (file) => parseProjectFile(file, OPTIONS)),
);

parentPort?.on('message', (bad: BadProject) => {
  void judge(bad).then((verdict) => parentPort?.postMessage(verdict, []));
});

async function judge(bad: BadProject): Promise<BadProjectVerdict> {
  const [files, paths] = changed(projects[bad.project % projects.length] as ProjectFiles, bad);
  const verdictOf = (error: unknown): BadProjectVerdict => {
    const { message, stack } = error as Error;
    if (!(error instanceof ModelRunnerError || error instanceof JinjaError))
      return { kind: 'crash', message: String(stack) };
    return { kind: paths.some((path) => message.includes(path)) ? 'refused' : 'no-place', message };
  };
  let verdict: BadProjectVerdict = { kind: 'accepted' };
  try {
    const project = parseProject(files, OPTIONS);
    for (const node of project.nodes.values()) {
      const refusal = await render(project, node).then(() => null, verdictOf);
      if (refusal !== null && refusal.kind !== 'refused') return refusal;
      verdict = refusal ?? verdict;
    }
  } catch (error) {
    return verdictOf(error);
  }
  return verdict;
}

async function render(project: Project, node: ProjectNode): Promise<void> {
  if (node.resourceType === 'seed') readSeed(node.place.file, await project.readSeed(node), node.config);
  await compileProject({ project, ids: new Set([node.uniqueId]), warehouse: null });
}

/** The project with its changes, and the paths of its files. */
function changed(project: ProjectFiles, { changes }: BadProject): readonly [ProjectFiles, readonly string[]] {
  const every = [project, ...(project.packages ?? [])].flatMap(({ prefix, projectFile, texts, seeds }) => [
    ...new Set([
      `${prefix}${projectFile.path}`,
      ...texts.map(({ path }) => path),
      ...seeds.map((path) => `${prefix}${path}`),
    ]),
  ]);
  const mutations = Map.groupBy(changes, ({ file }) => every[file % every.length] ?? '');
  const edit = (path: string, text: string): string =>
    (mutations.get(path) ?? []).reduce((former, { mutation }) => mutate(former, mutation), text);
  const editPackage = <T extends PackageFiles>(files: T): T => ({
    ...files,
    projectFile: {
      ...files.projectFile,
      text: edit(`${files.prefix}${files.projectFile.path}`, files.projectFile.text),
    },
    texts: files.texts.map((file) => ({ ...file, text: edit(file.path, file.text) })),
    readSeed: async (path: string) => edit(`${files.prefix}${path}`, await files.readSeed(path)),
  });
  return [{ ...editPackage(project), packages: (project.packages ?? []).map(editPackage) }, every];
}
