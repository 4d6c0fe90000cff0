/**
 * A family's card made small for a code: deflate (RFC 1951) that begins knowing how cards are written, so that a family of
 * four fits into a QR code that every camera reads.
 */
import { deflateSync, inflateSync } from 'fflate';
import { utf8, type Bytes } from '$lib/bytes.ts';
import words from './dictionary.ts';

const dictionary = utf8(words);

export const packed = (bytes: Bytes): Bytes => new Uint8Array(deflateSync(bytes, { level: 9, dictionary }));
/** Throws where the bytes are no card that was packed so. */
export const unpacked = (bytes: Bytes): Bytes => new Uint8Array(inflateSync(bytes, { dictionary }));
