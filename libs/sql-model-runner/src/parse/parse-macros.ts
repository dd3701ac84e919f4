import { BUILTIN_MACROS } from '../compile/builtin-macros.ts';
import { BUILTIN_PACKAGE, MacroLibrary, type MacroEntry } from '../compile/macro-library.ts';
import { compileTemplate } from '../compile/template-engine.ts';
import type { DispatchOrder } from '../project/project-file.ts';
import type { ProjectTextFile } from '../project/project.ts';

/** Compiles the macro files of a project beside the builtin ones. @throws JinjaError, ProjectError */
export function parseMacros(
  projectName: string,
  files: readonly ProjectTextFile[],
  dispatch: readonly DispatchOrder[],
): MacroLibrary {
  const builtin = entriesOf(BUILTIN_PACKAGE, { path: 'builtin macros', text: BUILTIN_MACROS });
  const own = files.filter(({ text }) => text.includes('{%')).flatMap((file) => entriesOf(projectName, file));
  return new MacroLibrary(projectName, [...builtin, ...own], dispatch);
}

function entriesOf(packageName: string, file: ProjectTextFile): readonly MacroEntry[] {
  const template = compileTemplate(file.text, file.path);
  return template.definitions.flatMap((definition) => {
    const name = macroName(definition.tag, definition.name);
    if (name === null) return [];
    return [
      {
        name,
        packageName,
        template,
        definition,
        place: { file: file.path, line: definition.line, column: definition.column },
      },
    ];
  });
}

/** The name under which a block is called, or null for blocks that nobody calls. */
function macroName(tag: string, name: string): string | null {
  if (tag === 'macro') return name;
  return tag === 'test' || tag === 'data_test' ? `test_${name}` : null;
}
