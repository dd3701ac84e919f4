import { describe, expect, test } from 'vitest';
import { rankedReadings, readings } from '../test/readings.ts';
import { dropDuplicatesStatement, mergeStatement, supersededStatement } from './merge-statement.ts';
import { copyStageStatement, createStageStatement, quoteStage } from './stage-statements.ts';

describe('the statements of a load', () => {
  test('are the golden ones', async () => {
    const stage = quoteStage('stage');
    const statements = {
      'create-stage': createStageStatement(readings, stage),
      'copy-stage': copyStageStatement(readings, stage),
      'drop-duplicates-ranked': dropDuplicatesStatement(rankedReadings, stage),
      merge: mergeStatement(readings, stage, false),
      'merge-ranked-shared': mergeStatement(rankedReadings, stage, true),
      'superseded-ranked': supersededStatement(rankedReadings, stage),
    };
    for (const [name, sql] of Object.entries(statements))
      await expect(`${sql}\n`).toMatchFileSnapshot(`golden/${name}.sql`);
  });
});
