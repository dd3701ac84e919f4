import { ownProjects } from './testing/own-projects.ts';
import { validateOwnArtifacts } from './testing/validate-own-artifacts.ts';

await validateOwnArtifacts(await ownProjects());
