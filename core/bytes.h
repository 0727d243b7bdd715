/* SPDX-License-Identifier: Apache-2.0 */
/* core/bytes.h - numbers in foreign byte order, read by offset, never cast */
#ifndef MUN_CORE_BYTES_H
#define MUN_CORE_BYTES_H

#include <stdint.h>

static inline uint16_t mun_le16(const uint8_t p[static 2])
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t mun_le32(const uint8_t p[static 4])
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static inline uint64_t mun_le64(const uint8_t p[static 8])
{
	return (uint64_t)mun_le32(p) | (uint64_t)mun_le32(p + 4) << 32;
}

static inline uint16_t mun_be16(const uint8_t p[static 2])
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t mun_be32(const uint8_t p[static 4])
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t mun_be64(const uint8_t p[static 8])
{
	return (uint64_t)mun_be32(p) << 32 | (uint64_t)mun_be32(p + 4);
}

static inline void mun_put_le32(uint8_t p[static 4], uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static inline void mun_put_le16(uint8_t p[static 2], uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void mun_put_le64(uint8_t p[static 8], uint64_t v)
{
	mun_put_le32(p, (uint32_t)v);
	mun_put_le32(p + 4, (uint32_t)(v >> 32));
}

static inline void mun_put_be16(uint8_t p[static 2], uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void mun_put_be32(uint8_t p[static 4], uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static inline void mun_put_be64(uint8_t p[static 8], uint64_t v)
{
	mun_put_be32(p, (uint32_t)(v >> 32));
	mun_put_be32(p + 4, (uint32_t)v);
}

#endif
