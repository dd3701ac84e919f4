import { postgresSetup } from '@ovis/dev-stack/testing/setup';
import { migrateUp } from '@ovis/warehouse';

export default postgresSetup({
  prepare: async (databaseUrl) => {
    await migrateUp({ databaseUrl });
  },
});
