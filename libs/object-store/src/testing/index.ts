export {
  StubbedObjectStore,
  type StubbedObjectStoreOptions,
  type StubbedStoreCall,
  type StubbedStoreFailure,
} from './stubbed-object-store.ts';
