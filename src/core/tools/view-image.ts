// The tool with which a model looks at a picture.

import type { Result } from '../../problem/index.ts';
import type { FunctionTool } from '../agent/provider.ts';
import { argumentsOf, readArguments } from './tool-arguments.ts';

export const VIEW_IMAGE = 'view_image';

export const viewImageTool: FunctionTool = {
  type: 'function',
  name: VIEW_IMAGE,
  description: 'Shows you an image file (PNG, JPEG, GIF, WebP) that the person or a command has made.',
  strict: false,
  parameters: {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'The file, absolute or relative to the current folder.' },
    },
    required: ['path'],
    additionalProperties: false,
  },
};

export function parseViewImage(text: string): Result<{ readonly path: string }> {
  const args = argumentsOf(VIEW_IMAGE, text);
  if (!args.ok) return args;
  const read = readArguments(VIEW_IMAGE, args.value);
  const path = read.text('path') ?? '';
  if (path === '' || path.includes('\0')) read.refuse('path, the image file, is missing.');
  return read.result(() => ({ path }));
}
