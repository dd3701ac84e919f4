import { describe, expect, test } from 'vitest';
import { rankedReadings, readings } from '../test/readings.ts';
import { mergeStatement, supersededStatement } from './merge-statement.ts';
import { copyStageStatement, createStageStatement } from './stage-statements.ts';

describe('the statements of a load', () => {
  test('are the golden ones', async () => {
    const statements = {
      'create-stage': createStageStatement(readings),
      'copy-stage': copyStageStatement(readings),
      merge: mergeStatement(readings, false),
      'merge-ranked-duplicates': mergeStatement(rankedReadings, true),
      'superseded-ranked': supersededStatement(rankedReadings, false),
    };
    for (const [name, sql] of Object.entries(statements))
      await expect(`${sql}\n`).toMatchFileSnapshot(`golden/${name}.sql`);
  });
});
