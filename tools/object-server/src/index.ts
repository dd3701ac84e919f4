export { ObjectServerError, ObjectServerListenError } from './errors.ts';
export type { Fault, FaultKind, OperationName } from './faults.ts';
export { startObjectServer, type ObjectServer, type ObjectServerOptions, type ServedRequest } from './object-server.ts';
export {
  compareKeys,
  type ObjectFacts,
  type ObjectProvider,
  type OpenObject,
  type WritableObjectProvider,
} from './provider.ts';
export { folderObjects } from './providers/folder.ts';
export { MemoryObjects } from './providers/memory.ts';
