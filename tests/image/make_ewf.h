/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make_ewf.h - a segment of EWF, section by section */
#ifndef MUN_TESTS_IMAGE_MAKE_EWF_H
#define MUN_TESTS_IMAGE_MAKE_EWF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EWF_CHUNK 1024u /* two sectors */
#define EWF_SECTORS 9u
#define EWF_BYTES (EWF_SECTORS * 512u)
#define EWF_CHUNKS 5u /* the last one is half */
#define EWF_ROOM ((size_t)65536)

struct ewf_segment {
	uint8_t p[EWF_ROOM];
	size_t len;
	size_t chunks_at;
	uint32_t n;
	uint8_t entries[4 * 64];
};

/* A header as EnCase 6 writes it. */
extern const char ewf_text[];

uint32_t ewf_adler(const void *p, size_t len);

/* Bytes of this chunk of a disk of EWF_BYTES. */
size_t ewf_len_of(unsigned int chunk);

/* The head of segment @number. */
void ewf_begin(struct ewf_segment *s, unsigned int number);

/* The head of a section at @at. */
void ewf_describe(struct ewf_segment *s, size_t at, const char *type,
		  uint64_t size);

/* A section; where it begins. */
size_t ewf_add(struct ewf_segment *s, const char *type, const void *data,
	       size_t len);

/* "next" or "done". */
void ewf_end(struct ewf_segment *s, const char *type);
void ewf_add_header(struct ewf_segment *s, const char *type, const char *text,
		    bool wide);
void ewf_add_volume(struct ewf_segment *s, const char *type, uint64_t sectors);
void ewf_begin_chunks(struct ewf_segment *s);

/* Where it begins. */
size_t ewf_add_chunk(struct ewf_segment *s, const uint8_t *data, size_t len,
		     bool packed);
size_t ewf_add_table(struct ewf_segment *s, const char *type);
void ewf_add_digests(struct ewf_segment *s, const uint8_t *data, size_t len);
void ewf_add_errors(struct ewf_segment *s, uint32_t n, const uint32_t *pairs);

/* One whole image in one segment: packed and plain chunks. */
void ewf_make_disk(struct ewf_segment *s, uint8_t *data);

#endif
