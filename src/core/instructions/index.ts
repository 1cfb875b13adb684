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
export {
  type FoundSkills,
  findSkills,
  namedSkills,
  type Skill,
  type SkillPlaces,
  type SkillSource,
  skillMessage,
} from './skills.ts';
