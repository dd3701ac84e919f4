import { compareOwnProjects } from './testing/compare-own-projects.ts';
import { isInCi, ownProjects } from './testing/own-projects.ts';

await compareOwnProjects((await ownProjects()).filter(isInCi));
