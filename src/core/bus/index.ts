// The one door between the core and its front ends.

export * from './bus.ts';
export { encode } from './codec.ts';
export * from './contract.ts';
export * from './door.ts';
export * from './excerpt.ts';
export * from './queries.ts';
export * from './shown-id.ts';
export * from './transcript.ts';
