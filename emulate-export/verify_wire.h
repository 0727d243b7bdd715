/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_wire.h - what the reader of an archive tells its parent */
#ifndef MUN_EXPORT_VERIFY_WIRE_H
#define MUN_EXPORT_VERIFY_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/source.h"

enum mun_wire_op {
	MUN_WIRE_ENTRY = 1, /* body: its path; answered with one byte: want? */
	MUN_WIRE_DATA, /* body: its next bytes */
	MUN_WIRE_END, /* body: why it is not whole, or nothing */
	MUN_WIRE_DONE, /* body: struct mun_sandbox_head */
};

#define MUN_WIRE_BODY ((size_t)64 << 10)

/* One message of the socket. */
struct mun_wire {
	uint32_t op;
	uint32_t kind; /* enum mun_box_kind */
	uint64_t bytes; /* of the entry; UINT64_MAX: not known */
	uint32_t len; /* of the body */
	uint32_t zero;
	uint8_t body[MUN_WIRE_BODY];
};

#define MUN_WIRE_HEAD offsetof(struct mun_wire, body)

struct mun_archive_child {
	struct mun_source *src;
	bool zip; /* else tar, gzipped or not */
	struct mun_wire wire; /* that it is about to send */
};

/* As mun_sandbox_work_fn; @ctx is a struct mun_archive_child. */
void mun_archive_work(void *ctx, unsigned int worker, int fd);

/* For fuzzing: the same in this process, entries and data counted. */
MUN_CHECK int mun_archive_read_all(struct mun_source *src, bool zip,
				   uint64_t *entries_out, uint64_t *bytes_out,
				   struct mun_err *e);

#endif
