// What people wrote down for a model: documents, skills and prompts.

export {
  type DocumentPlaces,
  type DocumentSource,
  type Documents,
  foldersFrom,
  gatherDocuments,
} from './documents.ts';
export { expandPrompt, findPrompts, type PromptPlaces, type SavedPrompt } from './prompts.ts';
export { type ReadDocument, readDocument } from './read-document.ts';
export { type SkillList, skillList } from './skill-list.ts';
export { openSkills, type SkillSource } from './skill-source.ts';
export type { Skill } from './skills.ts';
