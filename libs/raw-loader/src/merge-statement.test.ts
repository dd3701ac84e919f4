import { describe, expect, test } from 'vitest';
import { rankedReadings, readings } from '../test/readings.ts';
import {
  dropDuplicatesStatement,
  dropStoredStatement,
  mergeStatement,
  supersededStatement,
} from './merge-statement.ts';
import { copyStatement, createStageStatement, quoteStage } from './stage-statements.ts';
import { anyStoredStatement, checkKeyStatement } from './stored-keys.ts';

describe('the statements of a load', () => {
  test('are the golden ones', async () => {
    const stage = quoteStage('stage');
    const statements = {
      'create-stage': createStageStatement(readings, stage),
      'copy-stage': copyStatement(readings, stage),
      'check-key': checkKeyStatement(readings),
      'any-stored': anyStoredStatement(readings, 2),
      'drop-duplicates-ranked': dropDuplicatesStatement(rankedReadings, stage),
      'drop-stored': dropStoredStatement(readings, stage),
      merge: mergeStatement(readings, stage, false),
      'merge-ranked-shared': mergeStatement(rankedReadings, stage, true),
      'superseded-ranked': supersededStatement(rankedReadings, stage),
    };
    for (const [name, sql] of Object.entries(statements))
      await expect(`${sql}\n`).toMatchFileSnapshot(`golden/${name}.sql`);
  });
});
