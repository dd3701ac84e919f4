import { projectConfig } from '../../vitest.shared.ts';

export default projectConfig({ globalSetup: './vitest.setup.ts', testTimeout: 120_000 });
