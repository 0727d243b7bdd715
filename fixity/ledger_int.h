/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_int.h - what the files of the ledger share; for them only */
#ifndef MUN_FIXITY_LEDGER_INT_H
#define MUN_FIXITY_LEDGER_INT_H

#include "fixity/ledger.h"

#define MUN_LEDGER_LEVEL 12 /* a segment is a perfect tree of 2^12 leaves */
_Static_assert(1u << MUN_LEDGER_LEVEL == MUN_LEDGER_SEGMENT, "segment");

#define MUN_LEDGER_SEGMENTS UINT64_C(100000000) /* names have eight digits */
#define MUN_LEDGER_HEADS "heads.jsonl"
#define MUN_LEDGER_TOKENS "tokens"
#define MUN_LEDGER_KEYS "keys"
#define MUN_LEDGER_LOCK "lock"
#define MUN_LEDGER_HEAD_MAX 512 /* bytes of a head's line; it has 330 or so */
#define MUN_LEDGER_DIGEST_MAX 8192 /* bytes of a digest file */
#define MUN_LEDGER_TOKEN_MAX ((size_t)1 << 20)

/* A segment that ends within what has been appended and not yet synced. */
struct mun_ledger_cut {
	size_t at; /* bytes of pending up to its end */
	struct mun_merkle tree; /* up to its end */
};

/*
 * closed and tree are what is durable: closed up to the open segment, tree with
 * it.  next is tree with what is pending.
 */
struct mun_ledger {
	char *dir;
	int lock; /* -1: open for reading */
	bool broken; /* what is on the disk is not known: no more writing */
	struct mun_merkle closed;
	struct mun_merkle tree;
	uint64_t tail; /* bytes of the open segment */

	struct mun_merkle next;
	char *pending;
	size_t pending_len;
	size_t pending_room;
	struct mun_ledger_cut *cuts;
	size_t ncuts;
	size_t cuts_room;
};

/* The number of the segment that entries go to. */
static inline uint64_t mun_ledger_open_segment(const struct mun_ledger *l)
{
	return l->closed.size / MUN_LEDGER_SEGMENT;
}

/**
 * mun_ledger_close_segment() - the open segment is full: its digests, durably
 * @tree: all entries up to its end, as they were given to us
 *
 * It is read back from the disk for that.
 * Return: 0; MUN_EFIXITY where it is not @tree; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_ledger_close_segment(struct mun_ledger *l,
				       const struct mun_merkle *tree,
				       struct mun_err *e);

/* The digest file of a closed segment. */
struct mun_ledger_segment {
	uint64_t number;
	struct mun_merkle after; /* the tree of all entries up to its end */
	uint8_t root[MUN_MERKLE_HASH]; /* of its own entries */
	uint8_t sha256[32]; /* of the file of lines */
};

/* May it be written to?  0, MUN_EINVAL, MUN_EIO. */
MUN_CHECK int mun_ledger_writable(const struct mun_ledger *l,
				  struct mun_err *e);

/* "DIR/NNNNNNNN.SUFFIX", the caller's. */
MUN_CHECK int mun_ledger_segment_path(const char *dir, uint64_t number,
				      const char *suffix, char **out,
				      struct mun_err *e);

/* The segment that @name belongs to ("jsonl" or "json", by *@digest), or false
 * where it is no such name. */
bool mun_ledger_segment_of(const char *name, uint64_t *number, bool *digest);

/* The digest file's text, with its newline; and back, MUN_ECORRUPT for all that
 * mun_ledger_segment_text() would not have written.  *@out is the caller's. */
MUN_CHECK int mun_ledger_segment_text(const struct mun_ledger_segment *s,
				      char **out, struct mun_err *e);
MUN_CHECK int mun_ledger_segment_parse(const char *text, size_t len,
				       struct mun_ledger_segment *out,
				       struct mun_err *e);

/* Read the digest file of segment @number.  MUN_ENOENT, MUN_ECORRUPT,
 * MUN_EIO. */
MUN_CHECK int mun_ledger_segment_load(const char *dir, uint64_t number,
				      struct mun_ledger_segment *out,
				      struct mun_err *e);

/* The lines of a file, one after the other. */
struct mun_ledger_lines {
	int fd;
	uint64_t limit; /* bytes of the file that count */
	uint64_t off; /* byte of the file that is read next */
	char *buf;
	size_t room, at, len; /* what is in buf, and where the next line is */
	uint64_t count; /* lines given */
	uint64_t bytes; /* of these, with newlines */
	size_t torn; /* bytes behind the last newline, known at the end */
	struct mun_hasher *sha256; /* of all that was read, or NULL */
};

/**
 * mun_ledger_lines_open() - begin to read the lines of @path
 * @limit:  look at so many bytes of it only
 * @digest: keep a SHA-256 of what is read
 *
 * Close it also after an error.
 * Return: 0, MUN_ENOENT, MUN_EINVAL (not a regular file), MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_ledger_lines_open(struct mun_ledger_lines *r,
				    const char *path, uint64_t limit,
				    bool digest, struct mun_err *e);

/* The next line without its newline, lent until the next call; NULL at the end.
 * MUN_ECORRUPT where it is longer than an entry can be, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_ledger_lines_next(struct mun_ledger_lines *r,
				    const char **line, size_t *len,
				    struct mun_err *e);
void mun_ledger_lines_close(struct mun_ledger_lines *r);

/* Could this be an entry?  MUN_EINVAL: empty, too long, with a newline or a
 * NUL, or not between braces. */
MUN_CHECK int mun_ledger_entry_check(const char *entry, size_t len,
				     struct mun_err *e);

/* Drop a last line of @path that has no newline: everything from byte @keep on.
 * Durable. */
MUN_CHECK int mun_ledger_cut_file(const char *path, uint64_t keep,
				  struct mun_err *e);

/* Append to @path, which has @at bytes, and fsync; the name is not synced. */
MUN_CHECK int mun_ledger_write(const char *path, const void *data, size_t len,
			       uint64_t at, struct mun_err *e);

/* The newest head in @dir: the last line that has its newline.  *@end is the
 * byte behind it.  MUN_ENOENT (*@end is 0), MUN_ECORRUPT, MUN_EIO. */
MUN_CHECK int mun_ledger_heads_last(const char *dir,
				    struct mun_ledger_head *out, uint64_t *end,
				    struct mun_err *e);

/* What is signed: the head's line without its signature.  *@out is the
 * caller's. */
MUN_CHECK int mun_ledger_head_body(const struct mun_ledger_head *h, char **out,
				   struct mun_err *e);

/* tokens/SIZE-N.tsr */
struct mun_ledger_token {
	uint64_t size, n;
};

/* Is @name that of a token? */
bool mun_ledger_token_of(const char *name, uint64_t *size, uint64_t *n);

/* All tokens of the ledger @dir by size and number; others' names are passed
 * over.  *@out is the caller's, NULL where there are none. */
MUN_CHECK int mun_ledger_tokens(const char *dir, struct mun_ledger_token **out,
				size_t *count, struct mun_err *e);

/* The bytes of one, the caller's.  MUN_ENOENT, MUN_ECORRUPT (too large),
 * MUN_EIO. */
MUN_CHECK int mun_ledger_token_load(const char *dir, uint64_t size, uint64_t n,
				    char **out, size_t *len, struct mun_err *e);

#endif
