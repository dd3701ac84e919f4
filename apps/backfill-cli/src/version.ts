import manifest from '../package.json' with { type: 'json' };

/** As it is named in the run log. */
export const PROGRAM = { name: 'ovis-backfill', version: manifest.version };
