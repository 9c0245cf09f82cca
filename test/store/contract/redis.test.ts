import { storeContract } from './contract.ts';
import { openRedisSubject } from './redis-subject.ts';

storeContract('Redis', openRedisSubject);
