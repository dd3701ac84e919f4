import type { MigrationStatus } from '../migrations/migration-status.ts';
import type { SchemaVerification } from '../migrations/verify-schema.ts';

/** A line a migration: its state, when it was applied, its name. */
export function renderStatus(migrations: readonly MigrationStatus[]): string {
  const lines = migrations.map(({ name, state, appliedAt }) => {
    const at = appliedAt === null ? '-' : `${appliedAt.toISOString().slice(0, 19)}Z`;
    return `${state.padEnd(8)} ${at.padEnd(20)} ${name}`;
  });
  const pending = migrations.filter(({ state }) => state === 'pending').length;
  const summary = pending === 0 ? 'up to date' : `${String(pending)} pending; run ovis-migrate up`;
  return `${[...lines, summary].join('\n')}\n`;
}

/** What `verify` says, with the next step. */
export function renderVerification(found: SchemaVerification): { readonly isClean: boolean; readonly text: string } {
  if (found.pending.length > 0) {
    return {
      isClean: false,
      text: `ovis-migrate: the database is not migrated: ${found.pending.join(', ')} missing; run ovis-migrate up\n`,
    };
  }
  if (found.unknown.length > 0) {
    return {
      isClean: false,
      text: `ovis-migrate: the database has ${found.unknown.join(', ')}, which this version does not know; verify with the version that the database has\n`,
    };
  }
  if (found.drift === '') return { isClean: true, text: 'the live schema is what the migrations give\n' };
  return {
    isClean: false,
    text:
      `${found.drift}\n` +
      'ovis-migrate: the live schema differs from what the migrations give (- expected, + found); ' +
      'undo the change by hand, or make it a migration\n',
  };
}
