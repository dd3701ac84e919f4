import { compareOwnProjects } from './testing/compare-own-projects.ts';
import { ownProjects } from './testing/own-projects.ts';

await compareOwnProjects(await ownProjects());
