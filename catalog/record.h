/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/record.h - all that is known of one object, as plain data
 *
 * The same record is written to PREMIS and read from it, put into the catalog
 * and got out of it, and printed by "show"; so the catalog can be rebuilt from
 * the store.  Everything in it belongs to one arena.  Text is UTF-8; bytes
 * from media and file names have been through mun_escape().
 */
#ifndef MUN_CATALOG_RECORD_H
#define MUN_CATALOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/uuid.h"
#include "fixity/digest.h"
#include "fixity/tree.h"

/* Roles of files, in the catalog and in PREMIS: never rename. */
#define MUN_ROLE_MASTER "master" /* image/... */
#define MUN_ROLE_PART "part" /* image/...: a further file of the master */
#define MUN_ROLE_READMAP "readmap" /* image/disk.map */
#define MUN_ROLE_RECORD "record" /* metadata/premis.xml */
#define MUN_ROLE_HASHTREE "hashtree" /* metadata/object.torrent */
#define MUN_ROLE_CAPTURE "capture" /* metadata/capture.json */
#define MUN_ROLE_PARITY "parity" /* image/NAME.par2, image/NAME.vol... */
#define MUN_ROLE_DOCUMENTATION "documentation" /* documentation/... */
#define MUN_ROLE_READING "reading" /* metadata/reads/...: of a merge */
#define MUN_ROLE_PROVENANCE "provenance" /* metadata/provenance.json */
/* A file of an older version whose place another took, or nothing.  Its path
 * is where it lies: "v1/content/image/disk.img". */
#define MUN_ROLE_SUPERSEDED "superseded"

struct mun_rec_file {
	const char *id; /* UUID */
	const char *path; /* logical path in the object */
	const char *role; /* MUN_ROLE_* */
	uint64_t bytes;
	const char *format; /* name for people: "Raw disk image" */
	const char *puid; /* or "" */
	const char *mime; /* or "" */
	const char *format_note; /* what the identification rests on, or "" */
	const char *original_name; /* escaped; or "" */
	struct mun_digests digests;
	/* Who else computed that digest and found the same, before the file
	 * came here; NULL where we alone did.  In PREMIS; not in the catalog.
	 */
	const char *digest_originator[MUN_DIGEST_N];
	struct mun_tree tree; /* pieces in the arena, or NULL: not loaded */
};

struct mun_rec_identifier {
	const char *type; /* "barcode" */
	const char *value;
};

/* What the image says of itself, by a name of its own: "creator", "MD5 inside".
 * Neither is empty; both are clean. */
struct mun_rec_property {
	const char *name;
	const char *value;
};

/* Names of properties that others than their writer look for. */
/* Begins with their bytes: "1024 bytes, their data kept: LBA 5, 9". */
#define MUN_PROPERTY_DOUBTFUL "sectors with a failed check"
#define MUN_PROPERTY_BROKEN "broken"
#define MUN_PROPERTY_FAILED "decoding failed"
#define MUN_PROPERTY_CHECK "checksum inside, " /* + its name */
#define MUN_PROPERTY_READINGS "readings merged" /* how many */
#define MUN_PROPERTY_TREE "hash tree root of the decoded bytes (BEP 52)"
/* Unreadable on every such disc, and no loss. */
#define MUN_PROPERTY_RUNOUT "run-out sectors"
/* Data that are not as they came from the drive: sectors of a disc, by ECC. */
#define MUN_PROPERTY_MENDED "mended sectors"
/* What is about the medium, and not about the image, begins with this. */
#define MUN_PROPERTY_MEDIUM "medium: "
/* "kernel flag of the device", "...; write-protect tab"; or "none". */
#define MUN_PROPERTY_PROTECTION "medium: write protection"
#define MUN_PROPERTY_HIDDEN "medium: hidden sectors" /* HPA, DCO; not read */
#define MUN_PROPERTY_UNASKED "medium: could not be asked"
#define MUN_PROPERTY_DISC "medium: disc" /* "CD-R", "DVD-ROM" */
#define MUN_PROPERTY_MCN "medium: catalogue number" /* of a CD */
/* "CSS", "AACS": read as the drive gave it, and not decrypted. */
#define MUN_PROPERTY_COPY_PROTECTION "medium: copy protection"
#define MUN_PROPERTY_DISC_NOTE "medium: about the disc"
/* Marks of the medium itself (medium/identity.h), by which it is known again;
 * each has an index in the catalog: SELECT ... FROM property WHERE name =
 * 'medium: ...' AND value = ?1. */
#define MUN_PROPERTY_HEAD "medium: SHA-256 of the first 64 KiB"
#define MUN_PROPERTY_TOC "medium: SHA-256 of the table of contents"
#define MUN_PROPERTY_VOLUME "medium: volume label"

struct mun_rec_agent {
	const char *id; /* UUID */
	const char *type; /* LoC agentType: person, software, hardware */
	const char *name; /* "muniment", "J. Archivist", "TEAC FD-05HGS" */
	const char *version; /* or "" */
	const char *note; /* serial number, bus; or "" */
};

struct mun_rec_link {
	const char *id; /* of an agent or a file */
	const char *role; /* LoC term: "implementer", "executing program",
			   * "source", "outcome"; or "" */
};

/*
 * How one run of reading a medium went: a part of its "imaging" event.  Bytes
 * are of the medium.  What it is unless it says otherwise: of this run alone.
 */
struct mun_rec_reading {
	const char *drive; /* UUID of a hardware agent that the event links */
	const char *stopped; /* MUN_STOPPED_* */
	uint64_t bytes; /* size of the medium */
	uint64_t sector_bytes;
	uint64_t good_before; /* read well by earlier runs */
	uint64_t good; /* after this run; good + unreadable + runout + doubtful
			* + untried = bytes */
	uint64_t unreadable; /* after it: tried, and not had */
	uint64_t runout; /* after it: as unreadable, but holds no data */
	uint64_t doubtful; /* after it: data with a failed check */
	uint64_t untried; /* after it: left out when it stopped */
	uint64_t read_bytes; /* good bytes that it got */
	uint64_t reads; /* requests to the drive */
	uint64_t failed_reads;
	uint64_t slow_reads;
	uint64_t corrected; /* sectors mended by our own ECC */
	uint64_t reopened; /* times that the drive had to be */
	uint64_t elapsed_ms;
};

/* Why it ended: "" where every byte was tried.  In the catalog: never rename.
 */
#define MUN_STOPPED_TIME "time" /* --max-time */
#define MUN_STOPPED_ERRORS "errors" /* --max-errors */
#define MUN_STOPPED_AWAY "away" /* the drive, and it did not come back */
#define MUN_STOPPED_INTERRUPTED "interrupted" /* cancelled, killed, cut off */

/* Its numbers by name, as catalog, PREMIS and JSON have them; @name NULL ends.
 */
struct mun_rec_number {
	const char *name;
	size_t at; /* offset of a uint64_t in struct mun_rec_reading */
};
extern const struct mun_rec_number mun_rec_reading_numbers[];
static inline uint64_t *mun_rec_reading_number(struct mun_rec_reading *x,
					       const struct mun_rec_number *n)
{
	return (uint64_t *)(void *)((char *)x + n->at);
}

/* Is @text "" or one of MUN_STOPPED_*? */
bool mun_rec_stopped_is_known(const char *text);

/* "complete"; "doubtful": some bytes failed a check; "partial": some are
 * missing; for people and programs. */
const char *mun_rec_reading_outcome(const struct mun_rec_reading *x);

struct mun_rec_event {
	const char *id; /* UUID */
	const char *type; /* LoC eventType label: "imaging", "fixity check" */
	const char *started; /* RFC 3339 */
	const char *ended; /* or "": a moment */
	const char *detail; /* or "" */
	const char *outcome; /* LoC: "success", "warning", "fail" */
	const char *note; /* outcome detail, or "" */
	size_t nagents;
	struct mun_rec_link *agents;
	/* Files, or the carrier: id MUN_LINK_CARRIER.  None: the whole
	 * digital representation. */
	size_t nobjects;
	struct mun_rec_link *objects;
	/* Of an imaging event that has one, in the arena; or NULL. */
	struct mun_rec_reading *reading;
};

#define MUN_LINK_CARRIER "carrier"

/*
 * What may or may not be done with the object, as somebody recorded it: a
 * rights statement of PREMIS.  It is never changed; it ends.
 */
struct mun_rec_rights {
	const char *id; /* UUID */
	const char *recorded; /* RFC 3339 */
	const char *agent; /* UUID of who recorded it, or "" */
	const char *basis; /* MUN_BASIS_* */
	const char *act; /* MUN_ACT_* */
	bool restricted; /* else granted */
	const char *text; /* the restriction, or what is granted; not "" */
	const char *from; /* mun_edtf_span() takes it; "": open */
	const char *until; /* as above; its last moment is a part of it */
	const char *jurisdiction; /* copyright, statute: country; or "" */
	const char *citation; /* of statute, licence, agreement; or "" */
	const char *note; /* or "" */
	const char *ended; /* RFC 3339: since when it does not hold; or "" */
	const char *ended_by; /* UUID of an agent, or "" */
	const char *why; /* it ended; or "" */
	const char *later; /* id of the statement in its place, or "" */
};

/* What it rests on.  In the catalog: never rename. */
#define MUN_BASIS_COPYRIGHT "copyright"
#define MUN_BASIS_LICENSE "license"
#define MUN_BASIS_STATUTE "statute"
#define MUN_BASIS_DONOR "donor" /* an agreement with who gave it */
#define MUN_BASIS_POLICY "policy" /* of the institution */
#define MUN_BASIS_OTHER "other"

/* What is done, in the words of LoC's actionsGranted; in the catalog. */
#define MUN_ACT_DISSEMINATE "disseminate" /* give a copy to the outside */
#define MUN_ACT_REPLICATE "replicate"
#define MUN_ACT_USE "use" /* read or run it */
#define MUN_ACT_MIGRATE "migrate"
#define MUN_ACT_MODIFY "modify"
#define MUN_ACT_DELETE "delete"

/* All of them, with the LoC terms that PREMIS has for them; @word NULL ends. */
struct mun_rec_word {
	const char *word;
	const char *term; /* of rightsBasis; of eventType, as LoC has retired
			   * actionsGranted: where it has none, the word */
};
extern const struct mun_rec_word mun_rec_bases[];
extern const struct mun_rec_word mun_rec_acts[];
bool mun_rec_word_is(const struct mun_rec_word *words, const char *word);

/**
 * mun_rec_rights_check() - can it be recorded, and written as PREMIS?
 *
 * What it holds by itself; ids of others are not looked up.
 * Return: 0; MUN_EINVAL: an unknown basis or act, an empty text, a text that is
 * not clean UTF-8 (tab and newline may be in it) or longer than
 * MUN_RIGHTS_TEXT_MAX, a date that mun_edtf_span() does not take, an end before
 * the beginning, a statute without jurisdiction and citation, a citation for
 * copyright without jurisdiction, a jurisdiction where PREMIS has none, an id
 * or time that is none, what only an ended statement has in one that is not.
 */
MUN_CHECK int mun_rec_rights_check(const struct mun_rec_rights *x,
				   struct mun_err *e);
#define MUN_RIGHTS_TEXT_MAX ((size_t)64 << 10) /* bytes of one text */

/* Does it hold at that moment: not ended, begun and not run out?  From the first
 * moment that its beginning can mean to the last that its end can; a date that
 * cannot be read is no bound. */
bool mun_rec_rights_hold(const struct mun_rec_rights *x, int64_t at_ms);

/* And does it restrict its act? */
static inline bool mun_rec_rights_bind(const struct mun_rec_rights *x,
				       int64_t at_ms)
{
	return x->restricted && mun_rec_rights_hold(x, at_ms);
}

/* A run of bytes that could not be read from the medium. */
struct mun_rec_range {
	uint64_t off; /* bytes in the decoded image */
	uint64_t bytes;
};

struct mun_record {
	struct mun_arena *arena;
	const char *id; /* UUID; OCFL id is "urn:uuid:" + it */
	const char *created; /* RFC 3339: when it was taken in */
	unsigned int version; /* of the OCFL object, from 1 */
	const char *label;
	const char *collection; /* or "" */
	const char *note; /* free text, several lines allowed; or "" */
	const char *source; /* path or device it was read from, escaped */
	const char *source_kind; /* "file" or "device" */
	const char *media_type; /* --media: "3.5-inch floppy", or "" */
	const char *write_blocker; /* what the operator said, or "" */
	const char *format; /* image driver's name */
	const char *variant; /* or "" */
	const char *volume_label; /* or "" */
	const char *outcome; /* "complete" or "partial" */
	uint64_t bytes; /* decoded */
	uint32_t sector_bytes;
	uint64_t unreadable_bytes;
	size_t nunreadable;
	struct mun_rec_range *unreadable;
	struct mun_digests content; /* of the decoded bytes */
	size_t nidentifiers;
	struct mun_rec_identifier *identifiers;
	size_t nproperties;
	struct mun_rec_property *properties; /* in the order found */
	size_t nfiles;
	struct mun_rec_file *files; /* by path */
	size_t nagents;
	struct mun_rec_agent *agents; /* those that events link to */
	size_t nevents;
	struct mun_rec_event *events; /* by started, then id */
	size_t nrights;
	struct mun_rec_rights *rights; /* as they were recorded */
};

/* An empty record: every text "", in an arena of its own. */
MUN_CHECK int mun_record_new(struct mun_record **out, struct mun_err *e);
void mun_record_free(struct mun_record *r); /* NULL is fine */
MUN_DEFINE_FREEP(record, mun_record_free);

/* A fresh, zeroed entry at the end of the list; its texts are "".  NULL when
 * memory is out (mun_arena_failed()). */
struct mun_rec_file *mun_record_add_file(struct mun_record *r);
struct mun_rec_agent *mun_record_add_agent(struct mun_record *r);
struct mun_rec_event *mun_record_add_event(struct mun_record *r);
struct mun_rec_identifier *mun_record_add_identifier(struct mun_record *r);
struct mun_rec_property *mun_record_add_property(struct mun_record *r);
struct mun_rec_rights *mun_record_add_rights(struct mun_record *r);
void mun_event_link_agent(struct mun_record *r, struct mun_rec_event *ev,
			  const char *id, const char *role);
void mun_event_link_object(struct mun_record *r, struct mun_rec_event *ev,
			   const char *id, const char *role);

/* A zeroed reading of @ev, its texts ""; NULL when memory is out. */
struct mun_rec_reading *mun_event_add_reading(struct mun_record *r,
					      struct mun_rec_event *ev);

/* The last reading of the medium, as events are ordered; or NULL. */
const struct mun_rec_reading *mun_record_reading(const struct mun_record *r);

/* Bytes of the image whose data are there but failed a check, as its property
 * MUN_PROPERTY_DOUBTFUL says; 0 without one. */
uint64_t mun_record_doubtful_bytes(const struct mun_record *r);

/* The value of the first property of that name, or NULL. */
const char *mun_record_property(const struct mun_record *r, const char *name);

/* Does the image break its format, fail a check inside it, or have sectors that
 * were read with a failed one? */
bool mun_record_is_damaged(const struct mun_record *r);

/* The one file of that role or path, or NULL. */
struct mun_rec_file *mun_record_file(const struct mun_record *r,
				     const char *path);
struct mun_rec_file *mun_record_master(const struct mun_record *r);

/* Is it of the newest version?  Others are MUN_ROLE_SUPERSEDED. */
bool mun_rec_file_is_current(const struct mun_rec_file *f);

#endif
