/** So many processes die with a task in hand before it is taken for what kills them. */
const MOST_DEATHS = 3;

const MESSAGE =
  `${String(MOST_DEATHS)} processes died one after the other with this task in hand, so it is not tried again in this run; ` +
  'look at how they ended (out of memory?), then retry the run';

/** SQL: whether a task is given up, of which a process has died that had it in hand. Before the death is counted. */
export const IS_GIVEN_UP = `tasks.deaths + 1 >= ${String(MOST_DEATHS)}`;

/** SQL: whether its next death would be the last: then a process has it in hand alone among such tasks, so that it takes no other with it. */
export const IS_SUSPECT = `tasks.deaths >= ${String(MOST_DEATHS - 1)}`;

/** SQL: what is written of a task that is given up. */
export const GIVEN_UP_CLASS = `'worker_died'`;
export const GIVEN_UP_MESSAGE = `'${MESSAGE}'`;
