import { projectConfig } from '../../vitest.shared.ts';

export default projectConfig({ testTimeout: 300_000, hookTimeout: 120_000 });
