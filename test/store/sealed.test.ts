import { storeContract } from './contract.ts';
import { openSealedSubject } from './sealed-subject.ts';

storeContract('a sealed store', openSealedSubject);
