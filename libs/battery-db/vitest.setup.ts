import { postgresSetup } from '@ovis/dev-stack/testing/setup';

export default postgresSetup();
