import { describe, expect, test } from 'vitest';
import { lineOfPosition, splitMigration } from './split-migration.ts';

describe(splitMigration, () => {
  test('parts the directions and keeps each on its lines', () => {
    const parts = splitMigration('-- Up Migration\ncreate table a ();\n-- Down Migration\ndrop table a;\n');
    expect(parts?.up).toBe('-- Up Migration\ncreate table a ();\n');
    expect(parts?.down).toBe('\n\n-- Down Migration\ndrop table a;\n');
    expect(lineOfPosition(parts?.down ?? '', (parts?.down.indexOf('drop') ?? 0) + 1)).toBe(4);
  });

  test.each([
    'create table a ();',
    '-- Up Migration\n',
    '-- Down Migration\n-- Up Migration\n',
    '-- Up Migration\n-- Up Migration\n-- Down Migration\n',
  ])('refuses %j', (content) => {
    expect(splitMigration(content)).toBeNull();
  });
});
