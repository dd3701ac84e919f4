import type { ProjectTextFile } from '../../project/project.ts';
import { CROSS_DATABASE } from './cross-database.ts';
import { DATES } from './dates.ts';
import { GENERIC_TESTS } from './generic-tests.ts';
import { INCREMENTAL } from './incremental.ts';
import { MATERIALIZING } from './materializing.ts';
import { NAMING } from './naming.ts';
import { RELATIONS } from './relations.ts';
import { SNAPSHOTS } from './snapshots.ts';
import { UNIT_TESTS } from './unit-tests.ts';

/**
 * The macros that every project has, and may override, under the names that dbt gives them. They are templates like a project's
 * own, so that an override of any of them is found wherever it is used.
 */
export const BUILTIN_MACROS: readonly ProjectTextFile[] = [
  { path: 'builtin naming', text: NAMING },
  { path: 'builtin generic tests', text: GENERIC_TESTS },
  { path: 'builtin cross-database macros', text: CROSS_DATABASE },
  { path: 'builtin dates', text: DATES },
  { path: 'builtin relations', text: RELATIONS },
  { path: 'builtin materializing', text: MATERIALIZING },
  { path: 'builtin incremental', text: INCREMENTAL },
  { path: 'builtin snapshots', text: SNAPSHOTS },
  { path: 'builtin unit tests', text: UNIT_TESTS },
];
