/**
 * COSE_Sign1 (RFC 9052 4.2) with Ed25519, in the two forms Spindle writes: protected {1: alg}, unprotected empty, and
 * the payload detached (null) or inside. alg is -19 (Ed25519, RFC 9864); -8 (EdDSA) is accepted when verifying. A fixed
 * form makes the bytes constants around payload and signature: nothing to parse, nothing that could vary unseen.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { DamageError } from '../errors.ts';

const PROTECTED_ED25519 = Uint8Array.of(0xa1, 0x01, 0x32); // {1: -19}
const PROTECTED_EDDSA = Uint8Array.of(0xa1, 0x01, 0x27); // {1: -8}
const SIGNATURE_BYTES = 64;
/** Tag 18, array of 4, bstr 3, protected, empty map, null, bstr 64, signature. */
export const SIGN1_BYTES = 2 + 1 + 3 + 1 + 1 + 2 + SIGNATURE_BYTES;
export const SIGN1_FIRST_BYTE = 0xd2;

function bstr(bytes: Uint8Array): Uint8Array {
  const n = bytes.length;
  const head = n < 24 ? [0x40 | n] : n < 256 ? [0x58, n] : n < 65536 ? [0x59, n >> 8, n & 255] : null;
  const long = head ?? [0x5a, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
  return Buffer.concat([Uint8Array.from(long), bytes]);
}

/** Sig_structure of RFC 9052 4.4: ["Signature1", protected, external_aad = h'', payload]. */
function toBeSigned(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array {
  const context = Buffer.from('Signature1');
  return Buffer.concat([
    Uint8Array.of(0x84, 0x60 | context.length),
    context,
    bstr(protectedHeader),
    Uint8Array.of(0x40),
    bstr(payload),
  ]);
}

/** @returns the 74 bytes of a tagged COSE_Sign1 over `payload`, which is not in it */
export function sign1(payload: Uint8Array, privateKey: KeyObject): Uint8Array {
  const signature = sign(null, toBeSigned(PROTECTED_ED25519, payload), privateKey);
  return Buffer.concat([
    Uint8Array.of(SIGN1_FIRST_BYTE, 0x84),
    bstr(PROTECTED_ED25519),
    Uint8Array.of(0xa0, 0xf6),
    bstr(signature),
  ]);
}

/**
 * @returns whether the signature holds
 * @throws DamageError COSE_FORM when the bytes are no COSE_Sign1 of this form
 */
export function verifySign1(message: Uint8Array, payload: Uint8Array, publicKey: KeyObject): boolean {
  const header = message.subarray(3, 6);
  const isEd25519 = Buffer.compare(header, PROTECTED_ED25519) === 0;
  const protectedHeader = isEd25519 ? PROTECTED_ED25519 : PROTECTED_EDDSA;
  const wanted = Buffer.concat([
    Uint8Array.of(SIGN1_FIRST_BYTE, 0x84),
    bstr(protectedHeader),
    Uint8Array.of(0xa0, 0xf6, 0x58, 0x40),
  ]);
  if (message.length !== SIGN1_BYTES || Buffer.compare(message.subarray(0, wanted.length), wanted) !== 0)
    throw new DamageError(
      'COSE_FORM',
      `signature: ${message.length} bytes ${Buffer.from(message.subarray(0, 12)).toString('hex')}..., wanted a COSE_Sign1 of ${SIGN1_BYTES} bytes with Ed25519 and a detached payload`,
    );
  return verify(null, toBeSigned(protectedHeader, payload), publicKey, message.subarray(wanted.length));
}

/** @returns a tagged COSE_Sign1 with `payload` inside: one message that any COSE tool verifies alone */
export function sign1Around(payload: Uint8Array, privateKey: KeyObject): Uint8Array {
  const signature = sign(null, toBeSigned(PROTECTED_ED25519, payload), privateKey);
  return Buffer.concat([
    Uint8Array.of(SIGN1_FIRST_BYTE, 0x84),
    bstr(PROTECTED_ED25519),
    Uint8Array.of(0xa0),
    bstr(payload),
    bstr(signature),
  ]);
}

/**
 * Takes a COSE_Sign1 of `sign1Around` apart. The payload is a view.
 *
 * @returns the payload, and whether a key has signed it
 * @throws DamageError COSE_FORM when the bytes are no COSE_Sign1 of this form
 */
export function openSign1(message: Uint8Array): { payload: Uint8Array; isSignedBy(publicKey: KeyObject): boolean } {
  const isEd25519 = Buffer.compare(message.subarray(3, 6), PROTECTED_ED25519) === 0;
  const protectedHeader = isEd25519 ? PROTECTED_ED25519 : PROTECTED_EDDSA;
  const head = Buffer.concat([Uint8Array.of(SIGN1_FIRST_BYTE, 0x84), bstr(protectedHeader), Uint8Array.of(0xa0)]);
  const signatureAt = message.length - SIGNATURE_BYTES;
  // the only length that fits is the one whose head, written anew, is the head that stands there
  const room = signatureAt - 2 - head.length;
  const lengthBytes = room < 25 ? 1 : room < 258 ? 2 : room < 65_539 ? 3 : 5;
  const payload = message.subarray(head.length + lengthBytes, Math.max(0, signatureAt - 2));
  const wanted = Buffer.concat([head, bstr(payload), Uint8Array.of(0x58, SIGNATURE_BYTES)]);
  if (room < 1 || Buffer.compare(message.subarray(0, signatureAt), wanted) !== 0)
    throw new DamageError(
      'COSE_FORM',
      `signature: ${message.length} bytes ${Buffer.from(message.subarray(0, 12)).toString('hex')}..., wanted a COSE_Sign1 with Ed25519 around its payload`,
    );
  return {
    payload,
    isSignedBy: (publicKey) =>
      verify(null, toBeSigned(protectedHeader, payload), publicKey, message.subarray(signatureAt)),
  };
}

/** The DER in front of the 32 raw bytes of an Ed25519 public key (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

export function rawPublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'public' ? key : createPublicKey(key.export({ type: 'pkcs8', format: 'pem' }));
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return Uint8Array.from(der.subarray(SPKI_HEAD.length));
}

export function publicKeyFromRaw(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
}
