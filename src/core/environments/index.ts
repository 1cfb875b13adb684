// What the rest of the core may know of machines.

export {
  type EnvironmentStatus,
  type EnvironmentStep,
  type Environments,
  openEnvironments,
} from './environments.ts';
export { openStandings, type Standing, type Standings } from './standings.ts';
export { unusable } from './unusable.ts';
