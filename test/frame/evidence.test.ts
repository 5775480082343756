/** Chain, signature and key: the parts that foreign code must be able to check. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Algorithms, Headers, ProtectedHeaders, Sign1, UnprotectedHeaders } from '@auth0/cose';
import { decode as otherDecode, encode as otherEncode, Tag } from 'cbor2';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DamageError, InputError } from '../../host/errors.ts';
import { chainNext, chainStart, sha256 } from '../../host/frame/chain.ts';
import { publicKeyFromRaw, rawPublicKey, SIGN1_BYTES, sign1, verifySign1 } from '../../host/frame/cose.ts';
import { KEY_FILE, newHostKey, openHostKey } from '../../host/frame/key.ts';

const evidence = suite('frame.evidence');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

evidence('chain starts at SHA-256(hostId || epoch) and takes each digest in', () => {
  const start = chainStart(new Uint8Array(8), new Uint8Array(8));
  // SHA-256 of 16 zero bytes, as sha256sum prints it
  assert.is(hex(start), '374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb');
  const digest = sha256(Uint8Array.of(1));
  assert.is(hex(chainNext(start, digest)), hex(sha256(Buffer.concat([start, digest]))));
});

evidence('signature is a COSE_Sign1 that @auth0/cose verifies, and no other payload with it', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  for (const length of [0, 1, 23, 24, 255, 256, 65535, 65536]) {
    const payload = new Uint8Array(length).fill(3);
    const message = sign1(payload, privateKey);
    assert.is(message.length, SIGN1_BYTES);
    const tag = otherDecode(message) as Tag;
    assert.is(tag.tag, 18);
    const [header, unprotected, detached] = tag.contents as unknown[];
    assert.is(hex(header as Uint8Array), hex(otherEncode(new Map([[1, -19]]))));
    assert.equal(unprotected, {});
    assert.is(detached, null);
    const theirs = Sign1.decode(message);
    assert.is(theirs.alg as number, -19);
    // that library does not know the name of RFC 9864 yet; what is signed are the protected bytes as they are
    Object.defineProperty(theirs, 'alg', { value: Algorithms.EdDSA });
    await theirs.verify(createPublicKey(privateKey), { detachedPayload: payload });
    let refused = false;
    await theirs
      .verify(createPublicKey(privateKey), { detachedPayload: Uint8Array.of(...payload.subarray(0, 9), 4) })
      .catch(() => (refused = true));
    assert.ok(refused);
  }
});

evidence('signature of any payload holds, and of no other payload, key or message', () => {
  const key = newHostKey();
  const other = newHostKey();
  const publicKey = publicKeyFromRaw(key.publicKey);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), fc.nat(7), (payload, place, bit) => {
      const message = sign1(payload, key.privateKey);
      assert.ok(verifySign1(message, payload, publicKey));
      assert.not(verifySign1(message, payload, publicKeyFromRaw(other.publicKey)));
      const changed = Uint8Array.from(payload);
      changed[place % payload.length] ^= 1 << bit;
      assert.not(verifySign1(message, changed, publicKey));
      const forged = Uint8Array.from(message);
      forged[place % message.length] ^= 1 << bit;
      let holds = false;
      try {
        holds = verifySign1(forged, payload, publicKey);
      } catch (error) {
        assert.instance(error, DamageError);
      }
      assert.not(holds);
    }),
  );
});

evidence('signature that @auth0/cose makes with alg -8 (EdDSA) is accepted', async () => {
  const key = newHostKey();
  const payload = Uint8Array.of(1, 2, 3);
  const headers = new ProtectedHeaders([[Headers.Algorithm, Algorithms.EdDSA]]);
  const theirs = await Sign1.sign(headers, new UnprotectedHeaders(), payload, key.privateKey);
  const [header, , , signature] = theirs.getContentForEncoding() as Uint8Array[];
  const message = otherEncode(new Tag(18, [Uint8Array.from(header), new Map(), null, Uint8Array.from(signature)]));
  assert.ok(verifySign1(message, payload, publicKeyFromRaw(key.publicKey)));
  assert.not(verifySign1(message, Uint8Array.of(1, 2, 4), publicKeyFromRaw(key.publicKey)));
});

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'spindle-key-'));
}

evidence('key is made once, readable by its owner only, and the same at the next start', () => {
  const dir = folder();
  const first = openHostKey(dir);
  assert.is(statSync(join(dir, KEY_FILE)).mode & 0o777, 0o600);
  const second = openHostKey(dir);
  assert.equal(second.hostId, first.hostId);
  assert.equal(second.publicKey, first.publicKey);
  assert.is(first.hostId.length, 8);
  const pem = readFileSync(join(dir, KEY_FILE), 'utf8').replace(/^hostId.*\n/, '');
  assert.equal(rawPublicKey(createPrivateKey(pem)), first.publicKey);
  rmSync(dir, { recursive: true });
});

evidence('key file that is no key is an InputError and stays as it was', () => {
  const dir = folder();
  for (const text of [
    '',
    'hostId: 00\n',
    'hostId: 0011223344556677\n-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n',
  ]) {
    writeFileSync(join(dir, KEY_FILE), text);
    chmodSync(join(dir, KEY_FILE), 0o600);
    assert.throws(
      () => openHostKey(dir),
      (error: unknown) => error instanceof InputError && error.code === 'KEY_FILE',
    );
    assert.is(readFileSync(join(dir, KEY_FILE), 'utf8'), text);
  }
  rmSync(dir, { recursive: true });
});

evidence.run();
