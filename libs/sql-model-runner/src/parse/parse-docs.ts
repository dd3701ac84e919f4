import { compileTemplate, type Scope } from '../compile/template-engine.ts';
import { ProjectError } from '../errors.ts';
import type { ProjectTextFile } from '../project/project.ts';

/** Blocks are templates themselves, but know no names. */
const EMPTY: Scope = { get: () => undefined, undefinedBehaviour: 'chainable' };

/** The `{% docs name %}` blocks of Markdown files: what `{{ doc('name') }}` answers in descriptions. @throws ProjectError, JinjaError */
export function parseDocs(files: readonly ProjectTextFile[]): ReadonlyMap<string, string> {
  const docs = new Map<string, string>();
  const places = new Map<string, string>();
  for (const file of files.filter(({ text }) => /\{%-?\s*docs\s/u.test(text))) {
    for (const { tag, name, line, bodySource } of compileTemplate(docsOnly(file.text), file.path).definitions) {
      if (tag !== 'docs') continue;
      const other = places.get(name);
      if (other !== undefined)
        throw new ProjectError(`the docs block "${name}" is also in ${other}; rename or remove one of them`, {
          file: file.path,
          line,
        });
      places.set(name, `${file.path}:${line}`);
      docs.set(name, compileTemplate(bodySource, file.path, line).renderSync(EMPTY).trim());
    }
  }
  return docs;
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
