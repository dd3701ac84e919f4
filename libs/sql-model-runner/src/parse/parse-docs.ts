import { compileTemplate, type Scope } from '../compile/template-engine.ts';
import { ProjectError } from '../errors.ts';
import type { DocsBlock, ProjectTextFile } from '../project/project.ts';

/** Blocks are templates themselves, but know no names. */
const EMPTY: Scope = { get: () => undefined, undefinedBehaviour: 'chainable' };

/**
 * The `{% docs name %}` blocks of a package's Markdown files by `package.name`: what `{{ doc('name') }}` answers in descriptions.
 *
 * @throws ProjectError, JinjaError
 */
export function parseDocs(
  packageName: string,
  prefix: string,
  files: readonly ProjectTextFile[],
): readonly (readonly [string, DocsBlock])[] {
  const docs = new Map<string, DocsBlock>();
  const places = new Map<string, string>();
  for (const file of files.filter(({ text }) => /\{%-?\s*docs\s/u.test(text))) {
    const shown = `${prefix}${file.path}`;
    for (const { tag, name, line, bodySource } of compileTemplate(docsOnly(file.text), shown).definitions) {
      if (tag !== 'docs') continue;
      const other = places.get(name);
      if (other !== undefined)
        throw new ProjectError(`the docs block "${name}" is also in ${other}; rename or remove one of them`, {
          file: shown,
          line,
        });
      places.set(name, `${shown}:${line}`);
      const text = compileTemplate(bodySource, shown, line).renderSync(EMPTY).trim();
      docs.set(`${packageName}.${name}`, { text, packageName, name, file: file.path });
    }
  }
  return [...docs];
}

/** Only the blocks count: the rest of a Markdown file may hold braces that are no Jinja. Lines keep their numbers. */
function docsOnly(text: string): string {
  const blocks = /\{%-?\s*docs\s[\s\S]*?\{%-?\s*enddocs\s*-?%\}/gu;
  let result = '';
  let end = 0;
  for (const match of text.matchAll(blocks)) {
    result += text.slice(end, match.index).replaceAll(/[^\n]/gu, '') + match[0];
    end = match.index + match[0].length;
  }
  return result;
}
