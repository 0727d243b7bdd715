/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/place_support.h - two places, an object, and a process to kill */
#ifndef MUN_TESTS_PLACE_SUPPORT_H
#define MUN_TESTS_PLACE_SUPPORT_H

#include "fixity/tree.h"
#include "store/place.h"
#include "store/replicate.h"
#include "tests/store/store_support.h"

#define STORE_ID "0190a1b2-c3d4-7e5f-8a9b-00000000c0b1"
#define OTHER_ID "0190a1b2-c3d4-7e5f-8a9b-00000000c0b2"
#define REPOSITORY_ID "0190a1b2-c3d4-7e5f-8a9b-00000000aaaa"

/* The master: three whole pieces, of which the middle one is a hole, and a bit
 * of a fourth. */
#define MASTER "image/disk.img"
#define MASTER_BYTES (3 * MUN_TREE_PIECE + 4101)
#define RECORD "metadata/premis.xml"

struct two {
	char *dir;
	char *path; /* of the copies */
	struct mun_place *from; /* main */
	struct mun_place *to;
	uint8_t *master; /* its bytes */
	struct mun_tree trees[2];
	struct mun_replica_file files[2]; /* master, record */
};

/* main has the object SAMPLE_ID, the other nothing. */
void two_open(struct two *t);
void two_close(struct two *t);

/* The same object in both. */
void two_copy(struct two *t);

/* Path of a file of the object in @p, given below the object; free(). */
char *stored_in(const struct mun_place *p, const char *rel);

/* No error of the validator but E073 (a kill leaves empty folders) where @kill.
 * Return: objects there. */
unsigned int objects_of(const struct mun_place *p, bool kill);

/* Are master and record in @p, byte for byte? */
bool has_all(const struct two *t, const struct mun_place *p);

/* Flip one bit of byte @off. */
void flip_bit(const char *path, off_t off);

/* The tree of @len bytes; mun_tree_clear(). */
void tree_of(const void *data, size_t len, struct mun_tree *out);

/**
 * killed_at() - run @fn in a process that dies before its mutating call @n
 *
 * As SIGKILL would: nothing is flushed, no handler runs.  Creating, writing,
 * cutting, naming and removing count; each call before @n has been done.
 * Return: false where @fn ended before: there are no more calls.
 */
bool killed_at(int n, int (*fn)(void *ctx), void *ctx);

#endif
