// The composition root: reads what was asked, opens the rooms, wires them, and starts a front end.

import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import {
  accessInWords,
  type Config,
  type ConfigProblem,
  codexHome,
  commandEnvironment,
  configPath,
  createResponsesProvider,
  createShellProvider,
  findSession,
  instructionsFor,
  keyNamesOf,
  latestSession,
  listSessions,
  openCore,
  openOwnSettings,
  ownFolder,
  type Provider,
  readConfig,
  readTail,
  resolveProvider,
  sandboxOf,
} from './core/index.ts';
