// What people wrote down for a model: documents, skills and prompts.

export { type DocumentPlaces, type Documents, gatherDocuments } from './documents.ts';
export { expandPrompt, findPrompts, type PromptPlaces, type SavedPrompt } from './prompts.ts';
export { findSkills, type Skill, type SkillPlaces, skillsText } from './skills.ts';
