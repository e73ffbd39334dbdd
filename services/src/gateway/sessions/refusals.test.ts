/** Reasons become few label values, whatever strangers do. */
import { describe, expect, it } from 'vitest';
import { refusalCode } from './refusals.ts';

describe('refusal codes', () => {
  it('are our own, or a name for what the engine says', () => {
    const texts = {
      'LOGON_REFUSED: CompIDs, username, password, address or certificate': 'LOGON_REFUSED',
      'LISTENER_UNBOUND: port-11 is not bound to a provider': 'LISTENER_UNBOUND',
      'first message is not a Logon': 'NOT_A_LOGON',
      'first bytes are not a FIX message': 'NOT_FIX',
      'no Logon in time': 'LOGON_TIMEOUT',
      'too many connections': 'TOO_MANY_CONNECTIONS',
      'too many connections a second from this address': 'TOO_MANY_CONNECTIONS',
      'too many refused Logons': 'LOGON_THROTTLED',
      'demo1@port-02 is logged on already': 'LOGGED_ON_ALREADY',
      'address is not allowed': 'ADDRESS_NOT_ALLOWED',
      'not a trusted proxy': 'NOT_A_PROXY',
      'PROXY protocol: no header': 'PROXY_PROTOCOL',
      'BeginString is not spoken here': 'NOT_SPOKEN',
      'message of 10485760 bytes is over the limit': 'MESSAGE_TOO_LARGE',
      'connection closed by the peer': 'PEER_LEFT',
      'gone before the logon was through': 'PEER_LEFT',
      'read ECONNRESET': 'PEER_LEFT',
      'TLS: closed within the handshake': 'PEER_LEFT',
      'TLS: no shared cipher': 'TLS',
      'EACCES: permission denied, open …': 'OTHER',
      'Something else entirely': 'OTHER',
    };
    for (const [text, code] of Object.entries(texts)) expect([text, refusalCode(text)]).toEqual([text, code]);
  });
});
