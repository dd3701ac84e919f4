import { crc32 } from 'node:zlib';

/** Bytes that a member has around its content: header, block header and trailer. */
export const MEMBER_OVERHEAD = 10 + 5 + 8;

/** A stored block's length is 16 bits. */
export const MAX_MEMBER_CONTENT = 65_535;

/**
 * A gzip member (RFC 1952) that holds its content uncompressed, in one stored block (RFC 1951, section 3.2.4). Its size is known
 * before its content is: so an object made of such members can be listed, and read from any place, without computing the rest.
 */
export function gzipMember(content: Buffer): Buffer {
  const member = Buffer.alloc(content.length + MEMBER_OVERHEAD);
  // Magic, deflate, no flags, no time, no hints, system unknown; then: last block, stored.
  member.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1]);
  member.writeUInt16LE(content.length, 11);
  member.writeUInt16LE(content.length ^ 0xffff, 13);
  member.set(content, 15);
  member.writeUInt32LE(crc32(content), content.length + 15);
  member.writeUInt32LE(content.length, content.length + 19);
  return member;
}
