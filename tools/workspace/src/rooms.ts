// The "may import" column of docs/architecture.md, as data. A project is a folder; a room may import the projects listed.

const FOUNDATION = ['@ovis/foundation'];
const REUSABLE = ['ovis-client', '@ovis/pii-allowlist', '@ovis/raw-loader', '@ovis/sql-model-runner'];
const SOURCES = ['@ovis/object-store', '@ovis/battery-db'];
const LIBRARIES = [...FOUNDATION, ...REUSABLE, ...SOURCES, '@ovis/warehouse', '@ovis/orchestrator', '@ovis/pipeline'];
const DEVELOPMENT = ['@ovis/dev-stack', '@ovis/fleet-simulator', '@ovis/object-server'];

/** What the product's code of each project may import, by the project's folder. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'libs/foundation': [],
  'libs/ovis-client': [],
  'libs/pii-allowlist': [],
  'libs/raw-loader': ['@ovis/pii-allowlist'],
  'libs/sql-model-runner': [],
  'libs/object-store': FOUNDATION,
  'libs/battery-db': FOUNDATION,
  'libs/warehouse': FOUNDATION,
  'libs/orchestrator': [...FOUNDATION, '@ovis/warehouse'],
  'libs/pipeline': LIBRARIES,
  'apps/scheduler': LIBRARIES,
  'apps/backfill-cli': LIBRARIES,
  'tools/fleet-simulator': [],
  'tools/object-server': [],
  'tools/dev-stack': [...DEVELOPMENT],
  'tools/conformance': [...LIBRARIES, ...DEVELOPMENT],
  'tools/bench': [...LIBRARIES, ...DEVELOPMENT],
  'tools/simulation': [...LIBRARIES, ...DEVELOPMENT],
  'tools/workspace': [],
};

/** What tests may import besides: the servers that they run against, and libraries that make their fixtures. */
export const TESTS_MAY_IMPORT = [...DEVELOPMENT, '@ovis/warehouse'];

/** Folders of test code that is published with its library, and so bound by what the library may import. */
export const PUBLISHED_TESTING = ['libs/ovis-client/src/testing/', 'libs/object-store/src/testing/'];

/** Of a library that is imported for one purpose only, the names that may be taken. */
export const ONLY_NAMES: Readonly<Record<string, readonly string[]>> = {
  'libs/raw-loader -> @ovis/pii-allowlist': ['Allowed', 'openAllowed'],
};

/** Modules that pure folders must stay free of: what parses, plans, renders and compares does no input or output. */
export const PURE_FOLDERS = [
  'libs/sql-model-runner/src/jinja/',
  'libs/pii-allowlist/src/',
  'tools/fleet-simulator/src/world/',
];
