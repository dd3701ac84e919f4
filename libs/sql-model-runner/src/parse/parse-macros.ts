import { BUILTIN_MACROS } from '../compile/builtin/index.ts';
import { BUILTIN_PACKAGE, MacroLibrary, type MacroEntry } from '../compile/macro-library.ts';
import { compileTemplate, type Definition } from '../compile/template-engine.ts';
import type { DispatchOrder } from '../project/project-file.ts';
import type { ProjectTextFile } from '../project/project.ts';

/** The macro files of one package. */
export interface PackageMacros {
  readonly name: string;
  readonly prefix: string;
  readonly files: readonly ProjectTextFile[];
}

let builtin: readonly MacroEntry[] | undefined;

/** Compiles the macro files of all packages beside the builtin ones. @throws JinjaError, ProjectError */
export function parseMacros(
  rootPackage: string,
  packages: readonly PackageMacros[],
  dispatch: readonly DispatchOrder[],
): MacroLibrary {
  builtin ??= BUILTIN_MACROS.flatMap((file) => entriesOf(BUILTIN_PACKAGE, file, ''));
  const own = packages.flatMap(({ name, prefix, files }) =>
    files.filter(({ text }) => text.includes('{%')).flatMap((file) => entriesOf(name, file, prefix)),
  );
  return new MacroLibrary(rootPackage, [...builtin, ...own], dispatch);
}

function entriesOf(packageName: string, file: ProjectTextFile, prefix: string): readonly MacroEntry[] {
  const shown = `${prefix}${file.path}`;
  const template = compileTemplate(file.text, shown);
  return template.definitions.flatMap((definition) => {
    const name = macroName(definition);
    if (name === null) return [];
    return [
      {
        name,
        packageName,
        template,
        definition,
        file: file.path,
        place: { file: shown, line: definition.line, column: definition.column },
      },
    ];
  });
}

/** The name under which a block is called, or null for blocks that nobody calls. */
function macroName({ tag, name, options }: Definition): string | null {
  if (tag === 'macro') return name;
  if (tag === 'test' || tag === 'data_test') return `test_${name}`;
  if (tag !== 'materialization') return null;
  const adapter = options.get('adapter');
  return `materialization_${name}_${typeof adapter === 'string' ? adapter : 'default'}`;
}
