import { postgresSetup } from '@ovis/dev-stack/testing/setup';
import { migrateUp } from './src/migrations/migrate.ts';

export default postgresSetup({
  prepare: async (databaseUrl) => {
    await migrateUp({ databaseUrl });
  },
});
