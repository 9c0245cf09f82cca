import { answerAppState } from './app-state.ts';
import { answerDevices } from './devices.ts';
import { answerEncrypt } from './encrypt.ts';
import { answerGroups } from './groups.ts';
import { answerMedia } from './media.ts';
import { answerMex } from './mex.ts';
import { answerPassive } from './passive.ts';
import { answerPrivacy } from './privacy.ts';
import { answerPictures } from './profile-picture.ts';
import type { QueryHandler } from './query.ts';
import { answerBlocklist, answerEmpty, answerProps } from './settings.ts';
import { answerUsync } from './usync.ts';

/** The handlers of queries by `xmlns`. To add a family of queries, add a file and a line here. */
export const HANDLERS: ReadonlyMap<string, QueryHandler> = new Map([
  ['abt', answerProps],
  ['blocklist', answerBlocklist],
  ['disappearing_mode', answerEmpty],
  ['encrypt', answerEncrypt],
  ['md', answerDevices],
  ['passive', answerPassive],
  ['privacy', answerPrivacy],
  ['status', answerEmpty],
  ['urn:xmpp:whatsapp:dirty', answerEmpty],
  ['usync', answerUsync],
  ['w:g2', answerGroups],
  ['w:m', answerMedia],
  ['w:mex', answerMex],
  ['w:p', answerEmpty],
  ['w:profile:picture', answerPictures],
  ['w:stats', answerEmpty],
  ['w:sync:app:state', answerAppState],
]);
