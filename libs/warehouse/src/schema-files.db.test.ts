import { createTestDatabase } from '@ovis/dev-stack/testing';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { readCatalog } from './catalog/read-catalog.ts';
import { renderDatabaseTypes } from './catalog/render-database-types.ts';
import { renderSchema } from './catalog/render-schema.ts';
import { withClient } from './connection/with-client.ts';

// Each file is what the migrated schema gives. `npm run test … -- -u` writes them anew; a plain run fails where one is stale.
describe('the files that are generated from the migrations', () => {
  test('hold the schema as it is', async () => {
    await using database = await createTestDatabase();
    const catalog = await withClient({ url: database.url, applicationName: 'test' }, readCatalog);
    const schema = renderSchema(catalog);
    await expect(schema).toMatchFileSnapshot('../../../migrations/schema.snapshot');
    await expect(schema).toMatchFileSnapshot('../../../docs/schema.sql');
    const file = `${import.meta.dirname}/database.generated.ts`;
    const types = await format(renderDatabaseTypes(catalog), { ...(await resolveConfig(file)), filepath: file });
    await expect(types).toMatchFileSnapshot('./database.generated.ts');
  });
});
