// Sessions as documents for other programs.

export { type AsciicastOptions, asciicastOf } from './asciicast.ts';
export { type MarkdownOptions, markdownOf } from './markdown.ts';
