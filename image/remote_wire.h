/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/remote_wire.h - what a decoder and its parent say to each other
 *
 * Every worker of the child has a socket, over which messages of one size go,
 * and shared memory for what is larger.  The parent asks, the child answers;
 * before it does it may ask back for a file beside the image, which the parent
 * reads for it.  Both are the same program, so tables go as they are in memory,
 * but without a pointer in them.  For remote*.c only.
 */
#ifndef MUN_IMAGE_REMOTE_WIRE_H
#define MUN_IMAGE_REMOTE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/sandbox_child.h"
#include "core/str.h"
#include "image/companion.h"
#include "image/image.h"
#include "image/remote.h"

#define MUN_REMOTE_PIECE ((size_t)1 << 20)
#define MUN_REMOTE_EXTENTS 256u
#define MUN_REMOTE_BLOB ((size_t)8 << 20)
#define MUN_REMOTE_NAME 4096u
/* The number of the image itself, where the parent reads it; above those of
 * files beside it, and within the 16 bits that the child's cache has for it. */
#define MUN_REMOTE_OWN (2 * MUN_COMPANIONS)

enum mun_remote_op {
	/* The parent's questions. */
	MUN_REMOTE_OPEN, /* -> len: bytes of tables, to be fetched */
	MUN_REMOTE_FETCH, /* @len bytes of tables at byte @off */
	MUN_REMOTE_SECTORS, /* @len bytes of mun_floppy.data at byte @off */
	MUN_REMOTE_PREAD, /* @len bytes of view @n at byte @off */
	MUN_REMOTE_EXTENTS_AT, /* of view @n at @off -> @n of them, joined */
	MUN_REMOTE_VERIFY, /* -> as MUN_REMOTE_OPEN, but facts only */
	MUN_REMOTE_CONTENTS, /* -> as MUN_REMOTE_OPEN: a struct mun_contents */
	/* The child's: */
	MUN_REMOTE_ANSWER,
	MUN_REMOTE_BESIDE_OPEN, /* file of the folder of image @n, its name of
				 * @len bytes in beside -> its number, @len: its
				 * size */
	MUN_REMOTE_BESIDE_READ, /* of file @n */
	MUN_REMOTE_BESIDE_EXTENT, /* of file @n at @off -> kind, bytes */
};

struct mun_remote_msg {
	uint32_t op;
	int32_t rc; /* of an answer; if not 0, error has the rest */
	uint32_t n;
	uint32_t unused;
	uint64_t off; /* bytes */
	uint64_t len; /* bytes */
};

/* Of one worker. */
struct mun_remote_shared {
	uint8_t data[MUN_REMOTE_PIECE]; /* the child's answer */
	uint8_t beside[MUN_REMOTE_PIECE]; /* name, or the parent's answer */
	struct mun_sandbox_head error;
};

/* The tables: this, then tracks, facts, the floppy's tracks, sectors, tags and
 * comment, and the CD-TEXT, as many of each as it says. */
struct mun_remote_tables {
	char format[32];
	char variant[80];
	char volume_label[129];
	char puid[16];
	char mime[48];
	char note[160];
	char preserved_only[160];
	char mcn[14];
	uint32_t medium;
	uint32_t sector_bytes;
	uint64_t bytes;
	uint64_t raw_bytes;
	uint64_t sub_bytes;
	uint64_t disc_sectors;
	struct mun_geometry geometry;
	/* 0 or not: */
	uint8_t own_bytes; /* the driver has no pread() */
	uint8_t own_extents; /* ... and no next_extent() */
	uint8_t verifies;
	uint8_t floppy;
	uint8_t floppy_views; /* they are those of mun_floppy_pread() */
	uint8_t disc;
	uint8_t cooked;
	uint64_t tracks;
	uint64_t facts;
	uint64_t floppy_tracks;
	uint64_t floppy_sectors;
	uint64_t floppy_bytes; /* to be fetched apart */
	uint64_t floppy_tags;
	uint64_t comment_bytes;
	uint64_t cdtext_bytes;
};

/* The child's side: the tables of @img, or its facts, appended to @out. */
void mun_remote_pack(const struct mun_image *img, struct mun_str *out);
void mun_remote_pack_facts(const struct mun_image *img, struct mun_str *out);

/**
 * mun_remote_unpack() - tables into an image, with nothing in them believed
 * @img:    zeroed, but for what the parent knows itself
 * @format: that must be it; NULL: any of ours
 * @tables: the head of what came
 * @sectors: the floppy's data of tables->floppy_bytes, or NULL
 *
 * Texts must be clean, counts and sizes within bounds, enums of ours; a floppy
 * is put together anew from its sectors (image/floppy.h), so that nothing in
 * its tables can lead astray.
 * Return: 0, MUN_ENOMEM, or MUN_ECORRUPT.
 */
MUN_CHECK int mun_remote_unpack(struct mun_image *img, const char *format,
				const void *blob, size_t len,
				const uint8_t *sectors, struct mun_err *e);

/* The head by itself, to know how much is to be fetched.  0, MUN_ECORRUPT. */
MUN_CHECK int mun_remote_head(const void *blob, size_t len,
			      struct mun_remote_tables *out, struct mun_err *e);

/* Facts that replace those of @img. */
MUN_CHECK int mun_remote_unpack_facts(struct mun_image *img, const void *blob,
				      size_t len, struct mun_err *e);

/* What the child's workers share. */
struct mun_remote_child {
	const struct mun_remote_request *q;
	struct mun_remote_shared *const *shared; /* one for each worker */
	_Atomic(struct mun_image *) img;
};

/* A mun_sandbox_work_fn; @ctx is a struct mun_remote_child. */
void mun_remote_work(void *ctx, unsigned int worker, int fd);

/* The child's folder @n: opens over the socket of the thread that calls. */
struct mun_companions *mun_remote_beside(unsigned int n);
/* The child's image of @size bytes, which the parent reads for it; never to be
 * closed. */
struct mun_source *mun_remote_own(uint64_t size);
/* The socket and memory of the calling thread. */
void mun_remote_beside_use(int fd, struct mun_remote_shared *shared);

/* All of @len bytes in one message; false where the other side is gone. */
bool mun_remote_send(int fd, const struct mun_remote_msg *m);

#endif
