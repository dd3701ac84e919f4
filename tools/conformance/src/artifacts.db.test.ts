import { validateOwnArtifacts } from './testing/validate-own-artifacts.ts';

// Few, with many features; the soak takes all.
await validateOwnArtifacts(['sources-freshness', 'versions-groups-access']);
