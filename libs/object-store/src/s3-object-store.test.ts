import { startObjectServer } from '@ovis/object-server';
import { bucketSuite } from '../test/bucket-suite.ts';

bucketSuite('the object server', () => startObjectServer({ buckets: {} }));
