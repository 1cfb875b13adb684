// Does a server refuse a request for a picture in it? Some have no code for that, only words.

import type { ResponseFailure } from './response-failure.ts';

/** Words of servers about a picture they cannot read, or about a model that cannot see. */
const ABOUT_IMAGES = new RegExp(
  [
    'image_(?:url|parse|too|file|data|size)',
    '(?:invalid|unsupported|corrupt\\w*|malformed|bad)[ _](?:\\w+[ _])?(?:base64[ _])?images?\\b',
    'images?[ _](?:inputs?|data|url|format|type|size|dimensions?|content)\\b',
    'images? (?:is|are) (?:not|too)',
    'not support (?:image|vision|multimodal)',
    '(?:process|decode|load|read|download)(?:ing)? (?:the |this |your )?image',
    'mmproj|\\bvision\\b',
  ].join('|'),
  'i',
);

/** The server refuses the request for a picture in it, as far as its words tell. */
export function refusesImages(failure: ResponseFailure): boolean {
  if (failure.kind === 'status') {
    // Servers of local models say so with any status.
    const isRefusal = failure.status >= 400 && ![401, 402, 403, 408, 429].includes(failure.status);
    return isRefusal && ABOUT_IMAGES.test(`${failure.code} ${failure.detail}`);
  }
  return failure.kind === 'failed' && ABOUT_IMAGES.test(`${failure.code} ${failure.detail}`);
}
