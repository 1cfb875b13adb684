// What is the last answer to a request, once its redirects are followed?

import { fail, ok, type Result } from '../../problem/index.ts';
import { internal, type RpcFailure } from '../protocol/failure.ts';
import { headerNamed, toldHeaders } from './answer-headers.ts';
import type { Outgoing } from './outgoing.ts';
import { MOST_REDIRECTS, redirected } from './redirect.ts';
import type { Answer, Transport } from './transport.ts';

/** Follows at most `MOST_REDIRECTS`, or none. What a redirect says beside its head is not read. */
export async function ask(
  transport: Transport,
  first: Outgoing,
  policy: 'follow' | 'stop',
  cancel: AbortSignal,
): Promise<Result<Answer, RpcFailure>> {
  let outgoing = first;
  for (let redirects = 0; ; redirects++) {
    const answer = await transport.send(outgoing, cancel);
    if (answer === null) {
      return fail(internal(`http/request failed: error sending request for url (${outgoing.url.href})`));
    }
    if (policy === 'stop') return ok(answer);
    const next = redirected(outgoing, answer.status, headerNamed(toldHeaders(answer.rawHeaders), 'location'));
    if (next.ok && next.value === null) return ok(answer);
    answer.body.leave();
    if (!next.ok) return next;
    if (redirects === MOST_REDIRECTS) return fail(internal('http/request failed: too many redirects'));
    outgoing = next.value!;
  }
}
