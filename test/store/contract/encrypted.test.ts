import { storeContract } from './contract.ts';
import { openSealedSubject } from './encrypted-subject.ts';

storeContract('a sealed store', openSealedSubject);
