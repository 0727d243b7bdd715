/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/describe.h - the record of what was read: files, events, agents
 *
 * Facts go in, a struct mun_record comes out; nothing is looked up and nothing
 * is written but the files that belong into the object (map, capture,
 * documentation, hash trees, PREMIS), which go into the stage.
 */
#ifndef MUN_INGEST_DESCRIBE_H
#define MUN_INGEST_DESCRIBE_H

#include <stdint.h>

#include "catalog/record.h"
#include "image/identify.h"
#include "ingest/acquire.h"
#include "ingest/decode.h"
#include "ingest/flux_source.h"
#include "ingest/parity.h"
#include "ingest/received_map.h"
#include "ingest/session_file.h"
#include "medium/identity.h"
#include "medium/optical.h"
#include "store/stage.h"

struct mun_described {
	const struct mun_session *session;
	const struct mun_device_facts *medium;
	const struct mun_optical *optical; /* what is on a disc; else NULL */
	const struct mun_acquire *read;
	const struct mun_image_facts *image;
	struct mun_received
		*received; /* the image; of the stage once decoded */
	const char *program_version;
	const char *master; /* logical path: "image/disk.img" */
	int64_t read_started_ms;
	int64_t read_ended_ms;
	bool promise_met; /* where session->req.expect is set */
	const struct mun_received_map *given; /* came with the file; or NULL */
	const struct mun_flux_facts *flux; /* a floppy read as flux; or NULL */
	const struct mun_progress_to *progress; /* may be NULL */
	const struct mun_identity *identity; /* devices: marks; or NULL */
};

/**
 * mun_master_path() - where the master lies in the object
 * @source: path that it came from, whose name a container keeps
 * @out:    "image/disk.img", "image/disc.iso", "image/NAME"; the caller's
 */
MUN_CHECK int mun_master_path(const struct mun_received *r, const char *source,
			      char **out, struct mun_err *e);

/**
 * mun_describe() - record and metadata files of the object in @st
 *
 * The master lies in the stage already.  metadata/premis.xml is the last to
 * appear there; that it is whole and fits the rest is for its reader to see.
 * @out: the caller's; its files hold their hash trees.
 *
 * Return: 0, MUN_EIO, MUN_ENOENT (an attachment is gone), MUN_ENOMEM,
 * MUN_ECORRUPT (a record that does not lint: a fault of ours).
 */
MUN_CHECK int mun_describe(const struct mun_described *d, struct mun_stage *st,
			   struct mun_record **out, struct mun_err *e);

/**
 * mun_described_load() - the record of a stage or object that has one
 * @dir: of its content: ".../v1/content"; of a version whose number it tells,
 *       in which the record and the hash trees came
 * @id:  the object's UUID, which the record must have
 *
 * The counterpart of mun_describe(), also for rebuilding: PREMIS, hash trees
 * out of metadata/object.torrent, and the record file itself (digests, tree).
 * Return: 0, MUN_ENOENT, MUN_ECORRUPT, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_described_load(const char *dir, const char *id,
				 struct mun_record **out, struct mun_err *e);

/* The texts of the entry of metadata/premis.xml, which no record can hold. */
void mun_describe_record_file(struct mun_rec_file *f);

/* The entry of a file has an id that follows from the object and from @path; of
 * one that came with a further version, from where it lies. */
MUN_CHECK int mun_describe_file_id(const char *object, unsigned int version,
				   const char *path,
				   char out[static MUN_UUID_LEN],
				   struct mun_err *e);

#define MUN_PATH_PREMIS "metadata/premis.xml"
#define MUN_PATH_TORRENT "metadata/object.torrent"
#define MUN_PATH_CAPTURE "metadata/capture.json"
#define MUN_PATH_MAP "image/disk.map"

/* A UUID (version 8) that follows from its text: the same facts, the same id. */
MUN_CHECK int mun_derived_id(const char *text, char out[static MUN_UUID_LEN],
			     struct mun_err *e);

#endif
