// Which key map is in effect?

import { keyTableOf } from '../input/key-table.ts';
import { defaultKeyMap } from '../input/keymap.ts';

export const keys = keyTableOf(defaultKeyMap);
