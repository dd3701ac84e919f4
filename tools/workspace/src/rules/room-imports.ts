import { isBuiltin } from 'node:module';
import { posix, relative, sep } from 'node:path';
import { MAY_IMPORT, ONLY_NAMES, PUBLISHED_TESTING, PURE_FOLDERS, TESTS_MAY_IMPORT } from '../rooms.ts';

/** The names of this repository's packages; everything else comes from npm or Node. */
const OURS = /^(?:@ovis\/[a-z-]+|ovis-client)(?=\/|$)/;
const IMPURE = /^(?:pg$|pg\/|pg-copy-streams$|undici$)/;
/** Where projects live, and what is a test there: its file, its set-up, or what tests share. */
const PROJECT = /^(?:libs|apps|tools)\/[^/]+\//;
const TEST = /\.(?:test|soak)\.ts$|\/vitest\.\w+\.ts$|\/src\/testing\/|\/test\//;

function roomOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((room) => path.startsWith(`${room}/`));
}

/**
 * Says why the import is not allowed, or nothing if it is.
 *
 * @param path importing file, relative to the workspace, with forward slashes.
 * @param specifier as written.
 * @param names imported names; `*` for a whole module.
 */
export function refusal(path: string, specifier: string, names: readonly string[]): string | undefined {
  const room = roomOf(path);
  if (room === undefined) {
    return PROJECT.test(path) ? `${path} is in no known room: say in rooms.ts what its project may import` : undefined;
  }
  const isTest = TEST.test(path) && !PUBLISHED_TESTING.some((folder) => path.startsWith(folder));
  if (specifier.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    if (target.startsWith(`${room}/`) || target === 'vitest.shared.ts') return undefined;
    return `"${specifier}" leaves ${room}: import another project by its package name`;
  }
  const isImpure = isBuiltin(specifier) || IMPURE.test(specifier);
  if (!isTest && isImpure && PURE_FOLDERS.some((folder) => path.startsWith(folder))) {
    return `${path} is pure code and must not import "${specifier}": pass what it does in through an interface`;
  }
  const target = OURS.exec(specifier)?.[0];
  if (target === undefined) return undefined;
  const allowed = [...(MAY_IMPORT[room] ?? []), ...(isTest ? TESTS_MAY_IMPORT : [])];
  if (!allowed.includes(target)) {
    return `${room} may not import "${target}"; it may import: ${allowed.join(', ') || 'nothing of ours'}`;
  }
  const only = isTest ? undefined : ONLY_NAMES[`${room} -> ${target}`];
  const extra = only && names.find((name) => !only.includes(name));
  return extra === undefined ? undefined : `${room} may take only ${only?.join(', ')} from "${target}", not "${extra}"`;
}

/** The part of a syntax node (ESTree) that the rule reads. */
interface ImportingNode {
  readonly source?: { readonly value?: unknown } | null;
  readonly specifiers?: readonly {
    readonly imported?: { readonly name: string };
    readonly local: { readonly name: string };
  }[];
}

/** What the linter hands to a rule: ESLint's rule context. */
interface RuleContext {
  readonly cwd: string;
  readonly filename: string;
  report(problem: { readonly node: unknown; readonly message: string }): void;
}

/** The lint rule: reports each import, export-from and dynamic import that the rooms do not allow. */
export const roomImports = {
  meta: { type: 'problem', docs: { description: 'imports follow the "may import" column of docs/architecture.md' } },
  create(context: RuleContext): Record<string, (node: ImportingNode) => void> {
    const path = relative(context.cwd, context.filename).split(sep).join('/');
    const check = (node: ImportingNode, names: readonly string[]): void => {
      const specifier = node.source?.value;
      const message = typeof specifier === 'string' ? refusal(path, specifier, names) : undefined;
      if (message !== undefined) context.report({ node: node.source, message });
    };
    return {
      ImportDeclaration(node) {
        check(node, node.specifiers?.map((part) => part.imported?.name ?? '*') ?? []);
      },
      ExportNamedDeclaration(node) {
        check(node, node.specifiers?.map((part) => part.local.name) ?? []);
      },
      ExportAllDeclaration(node) {
        check(node, ['*']);
      },
      ImportExpression(node) {
        check(node, ['*']);
      },
    };
  },
};
