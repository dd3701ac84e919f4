import { collectConfig } from '../project/config.ts';
import { givenConfig } from '../compile/config-value.ts';
import type { MacroLibrary } from '../compile/macro-library.ts';
import type { Findings } from '../compile/parse-context.ts';
import { refArguments, sourceArguments } from '../compile/ref-arguments.ts';
import type { Template } from '../compile/template-engine.ts';
import { ModelRunnerError } from '../errors.ts';

const FUNCTIONS = new Set(['ref', 'source', 'config', 'var']);
const VALUES = new Set(['this', 'target']);
const FALSEHOODS = new Set(['is_incremental', 'execute']);
const NAMES = [...FUNCTIONS, ...VALUES, ...FALSEHOODS];

/**
 * What a template tells, read from its tree: most models only call `ref`, `source` and `config` with literals, and need not be rendered for that.
 *
 * @returns null where only rendering tells.
 */
export function staticFindings(template: Template, library: MacroLibrary, packageName: string): Findings | null {
  const calls = template.literalCalls({ functions: FUNCTIONS, values: VALUES, falsehoods: FALSEHOODS });
  if (calls === null || NAMES.some((name) => library.find(name, packageName) !== undefined)) return null;
  const findings: Findings = { refs: [], sources: [], config: {}, macros: new Set() };
  try {
    for (const { name, args } of calls) {
      if (name === 'ref') findings.refs.push(refArguments(args));
      else if (name === 'source') findings.sources.push(sourceArguments(args));
      else if (name === 'config') findings.config = collectConfig(findings.config, givenConfig(args));
    }
    return findings;
  } catch (error) {
    // Rendering fails as well, and names the place.
    if (error instanceof ModelRunnerError) return null;
    throw error;
  }
}
