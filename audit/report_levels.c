/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/report_levels.c - the facts by the requirements of others
 *
 * NDSA Levels of Digital Preservation, version 2.0 (2019), in our words; ISO
 * 16363 and CoreTrustSeal by the clauses that fixity bears on.  What a program
 * cannot know is never scored as fulfilled.
 */
#include "audit/report_int.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"

#define MET "met"
#define PARTLY "partly met"
#define NOT_MET "not met"
#define UNKNOWN "not known to muniment: answer yourself"
#define EVIDENCE "evidence"

struct verdict {
	const char *verdict;
	char evidence[512];
};

static void say(struct verdict *v, const char *verdict, const char *fmt, ...)
	MUN_PRINTF(3, 4);

static void say(struct verdict *v, const char *verdict, const char *fmt, ...)
{
	va_list ap;

	v->verdict = verdict;
	va_start(ap, fmt);
	(void)vsnprintf(v->evidence, sizeof(v->evidence), fmt, ap);
	va_end(ap);
}

static uint64_t objects(const struct mun_figures *f)
{
	return f->counts.objects;
}

static size_t active(const struct mun_figures *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->nstores; i++)
		n += strcmp(f->stores[i].state, "removed") != 0;
	return n;
}

/* Met by all, by some, by none; nothing to judge is not met. */
static const char *by_share(uint64_t n, uint64_t of)
{
	return of && n >= of ? MET : n ? PARTLY : NOT_MET;
}

static void copies(const struct mun_figures *f, struct verdict *v,
		   unsigned int least)
{
	uint64_t n = f->with[3] + (least <= 2 ? f->with[2] : 0);

	/* How far apart they are is not known: never more than partly. */
	say(v, n ? PARTLY : NOT_MET,
	    "%" PRIu64 " of %" PRIu64 " objects have at least %u copies, in "
	    "%zu stores; in how many places these are is not known to "
	    "muniment: answer yourself",
	    n, objects(f), least, active(f));
}

static void storage_1a(const struct mun_figures *f, struct verdict *v)
{
	copies(f, v, 2);
}

static void storage_1b(const struct mun_figures *f, struct verdict *v)
{
	say(v, MET,
	    "%zu stores are registered with their addresses; the location of "
	    "each of %" PRIu64 " copies is in the catalog",
	    active(f), f->all.objects);
}

static void unknown(const struct mun_figures *f, struct verdict *v)
{
	(void)f;
	say(v, UNKNOWN, "nothing in the catalog bears on it");
}

static void storage_2a(const struct mun_figures *f, struct verdict *v)
{
	copies(f, v, 3);
}

static void places(const struct mun_figures *f, struct verdict *v)
{
	say(v, UNKNOWN,
	    "%zu stores; their places, media and hazards are not recorded",
	    active(f));
}

static void integrity_1a(const struct mun_figures *f, struct verdict *v)
{
	say(v, UNKNOWN,
	    "what came with the content is verified where it is given "
	    "(ingest --expect); %" PRIu64 " validation events in the period",
	    mun_figures_events(f, "validation"));
}

static void integrity_1b(const struct mun_figures *f, struct verdict *v)
{
	uint64_t bad = f->counts.treeless_files + f->counts.undigested_files;

	say(v,
	    !f->counts.files ? NOT_MET
	    : bad            ? PARTLY
			     : MET,
	    "%" PRIu64 " files: %" PRIu64 " without a hash tree, %" PRIu64
	    " without a whole-file digest",
	    f->counts.files, f->counts.treeless_files,
	    f->counts.undigested_files);
}

static void integrity_1c(const struct mun_figures *f, struct verdict *v)
{
	uint64_t n = mun_figures_objects_with(f, "virus check");

	if (!n)
		say(v, UNKNOWN,
		    "no virus check is recorded for any of %" PRIu64 " objects",
		    objects(f));
	else
		say(v, by_share(n, objects(f)),
		    "%" PRIu64 " of %" PRIu64
		    " objects have a virus check recorded",
		    n, objects(f));
}

static void integrity_2a(const struct mun_figures *f, struct verdict *v)
{
	say(v, objects(f) ? MET : NOT_MET,
	    "what is stored or copied is read back and compared before it is "
	    "recorded: %" PRIu64 " ingestions, %" PRIu64
	    " replications, %" PRIu64 " disseminations in the period",
	    mun_figures_events(f, "ingestion end") +
		    mun_figures_events(f, "ingestion"),
	    mun_figures_events(f, "replication"),
	    mun_figures_events(f, "dissemination"));
}

static void integrity_2b(const struct mun_figures *f, struct verdict *v)
{
	uint64_t bad = f->counts.unblocked;

	if (!f->counts.devices)
		say(v, UNKNOWN,
		    "no object was read from a medium; what was done before "
		    "files were received is not known");
	else
		say(v, by_share(f->counts.devices - bad, f->counts.devices),
		    "media are opened to be read only; for %" PRIu64
		    " of %" PRIu64
		    " imaged media a write blocker is recorded, for %" PRIu64
		    " nothing",
		    f->counts.devices - bad, f->counts.devices, bad);
}

static void integrity_2c(const struct mun_figures *f, struct verdict *v)
{
	say(v, active(f) > 1 && f->with[2] + f->with[3] ? PARTLY : NOT_MET,
	    "digests are in each object's record, in the catalog and in %" PRIu64
	    " facts of the ledger; whether catalog and ledger are backed up "
	    "elsewhere is not known to muniment",
	    f->counts.entries);
}

static void integrity_3a(const struct mun_figures *f, struct verdict *v)
{
	const uint64_t late = f->all.overdue;

	say(v,
	    !f->in_policy                           ? NOT_MET
	    : late || f->in_policy < f->all.objects ? PARTLY
						    : MET,
	    "%" PRIu64 " of %" PRIu64 " copies have an interval, %" PRIu64
	    " are overdue, %" PRIu64 " were never verified",
	    f->in_policy, f->all.objects, late, f->all.never);
}

static void integrity_3b(const struct mun_figures *f, struct verdict *v)
{
	uint64_t n = mun_figures_events(f, "fixity check");

	say(v, n ? MET : NOT_MET,
	    "%" PRIu64
	    " fixity checks of the period are PREMIS events, %" PRIu64
	    " with outcome fail; the method is in docs/audit.md",
	    n, mun_figures_failed(f, "fixity check"));
}

static void integrity_3c(const struct mun_figures *f, struct verdict *v)
{
	uint64_t runs = 0;

	for (size_t i = 0; i < f->nstores; i++)
		runs += f->stores[i].runs;
	say(v, MET,
	    "muniment audit verifies any object at any time; %" PRIu64
	    " runs in the period",
	    runs);
}

static void integrity_4a(const struct mun_figures *f, struct verdict *v)
{
	say(v, objects(f) ? PARTLY : NOT_MET,
	    "done at ingest, replication, repair and export; other events of "
	    "your institution (migration of storage, disaster) are not known "
	    "to muniment");
}

static void integrity_4b(const struct mun_figures *f, struct verdict *v)
{
	const struct mun_figures_incidents *n = &f->incidents;
	uint64_t broken = n->open - n->verified - n->repaired;

	say(v,
	    broken                                                ? NOT_MET
	    : f->with[2] + f->with[3] >= objects(f) && objects(f) ? MET
								  : PARTLY,
	    "%" PRIu64 " incidents are neither repaired nor verified; %" PRIu64
	    " recoveries in the period; %" PRIu64
	    " objects have one copy only, which nothing could repair but "
	    "parity",
	    broken, mun_figures_events(f, "recovery"), f->with[1]);
}

static void control_3(const struct mun_figures *f, struct verdict *v)
{
	uint64_t good = f->counts.events - f->counts.events_unsigned;

	say(v, by_share(good, f->counts.events),
	    "%" PRIu64 " of %" PRIu64
	    " events of the period name who or what did them",
	    good, f->counts.events);
}

static void control_4(const struct mun_figures *f, struct verdict *v)
{
	say(v, f->counts.reports ? PARTLY : NOT_MET,
	    "%" PRIu64 " reports were made before this one%s; whether somebody "
	    "reads them, and access logs, is not known to muniment",
	    f->counts.reports,
	    f->q->ledger ? ", and the ledger was compared with the catalog for "
			   "this one"
			 : "");
}

static void metadata_1a(const struct mun_figures *f, struct verdict *v)
{
	say(v, objects(f) ? MET : NOT_MET,
	    "%" PRIu64 " objects, %" PRIu64 " files, %" PRIu64
	    " copies with the store that each is in",
	    objects(f), f->counts.files, f->all.objects);
}

static void metadata_1b(const struct mun_figures *f, struct verdict *v)
{
	uint64_t n = f->with[2] + f->with[3];

	say(v, n ? PARTLY : NOT_MET,
	    "each copy carries its own record, and the catalog can be made "
	    "again from any store: %" PRIu64 " of %" PRIu64
	    " objects have a second copy; backups of the catalog itself are "
	    "not known to muniment",
	    n, objects(f));
}

static void metadata_2(const struct mun_figures *f, struct verdict *v)
{
	say(v, by_share(objects(f) - f->counts.recordless, objects(f)),
	    "%" PRIu64 " of %" PRIu64
	    " objects hold a PREMIS 3 record (technical, provenance, "
	    "structure)",
	    objects(f) - f->counts.recordless, objects(f));
}

static void metadata_3a(const struct mun_figures *f, struct verdict *v)
{
	(void)f;
	say(v, MET,
	    "PREMIS 3 with the vocabularies of the Library of Congress; what "
	    "describes the content is your choice");
}

static void metadata_3b(const struct mun_figures *f, struct verdict *v)
{
	say(v, UNKNOWN,
	    "every record is linted when it is written; %" PRIu64
	    " images have no format, gaps in description are not known",
	    f->counts.unidentified);
}

static void metadata_4a(const struct mun_figures *f, struct verdict *v)
{
	say(v, f->counts.events ? MET : NOT_MET,
	    "%" PRIu64 " events of the period, each with its time and "
	    "outcome",
	    f->counts.events);
}

static void content_1(const struct mun_figures *f, struct verdict *v)
{
	uint64_t good = objects(f) - f->counts.unidentified;

	say(v, by_share(good, objects(f)),
	    "the image format of %" PRIu64 " of %" PRIu64
	    " objects is recorded with what that rests on; formats of the "
	    "files inside images are another matter",
	    good, objects(f));
}

static void content_2a(const struct mun_figures *f, struct verdict *v)
{
	uint64_t n = mun_figures_objects_with(f, "format identification");

	say(v, n ? PARTLY : NOT_MET,
	    "%" PRIu64 " of %" PRIu64
	    " objects have a format identification event",
	    n, objects(f));
}

static void content_4(const struct mun_figures *f, struct verdict *v)
{
	uint64_t n = mun_figures_events(f, "dissemination") +
		     mun_figures_events(f, "migration") +
		     mun_figures_events(f, "normalization");

	say(v, n ? PARTLY : UNKNOWN,
	    "%" PRIu64 " packages for emulators, migrations and "
	    "normalizations in the period",
	    n);
}

struct requirement {
	const char *area;
	unsigned int level; /* 0: a clause, without levels */
	const char *text;
	void (*judge)(const struct mun_figures *f, struct verdict *v);
};

static const struct requirement ndsa[] = {
	{ "Storage", 1, "Two complete copies in separate places", storage_1a },
	{ "Storage", 1, "All storage where content is kept is documented",
	  storage_1b },
	{ "Storage", 1, "Content is in stable storage", unknown },
	{ "Storage", 2, "Three complete copies, one in another region",
	  storage_2a },
	{ "Storage", 2, "What storage and media need to work is documented",
	  unknown },
	{ "Storage", 3, "One copy where other disasters threaten", places },
	{ "Storage", 3, "One copy on another kind of medium", places },
	{ "Storage", 3, "Obsolescence of storage and media is tracked",
	  unknown },
	{ "Storage", 4, "Three copies, each under other threats", places },
	{ "Storage", 4, "Storage is diverse, without a single point of failure",
	  places },
	{ "Storage", 4, "A plan against obsolescence, carried out", unknown },
	{ "Integrity", 1, "Integrity information that came along is verified",
	  integrity_1a },
	{ "Integrity", 1, "It is generated where none came along",
	  integrity_1b },
	{ "Integrity", 1, "All content is checked for viruses", integrity_1c },
	{ "Integrity", 2,
	  "Integrity is verified when content is moved or copied",
	  integrity_2a },
	{ "Integrity", 2, "Write blockers are used with original media",
	  integrity_2b },
	{ "Integrity", 2, "Integrity information is backed up elsewhere",
	  integrity_2c },
	{ "Integrity", 3, "Integrity is verified at fixed intervals",
	  integrity_3a },
	{ "Integrity", 3, "How, and with what outcome, is documented",
	  integrity_3b },
	{ "Integrity", 3, "Audits on demand", integrity_3c },
	{ "Integrity", 4, "Integrity is verified after specific events",
	  integrity_4a },
	{ "Integrity", 4, "Corrupted content is replaced or repaired",
	  integrity_4b },
	{ "Control", 1, "Who and what may read, write, move, delete is decided",
	  unknown },
	{ "Control", 2, "That is documented and applied", unknown },
	{ "Control", 3, "Logs name the people and programs that acted",
	  control_3 },
	{ "Control", 4, "Logs are reviewed periodically", control_4 },
	{ "Metadata", 1, "An inventory with where everything is", metadata_1a },
	{ "Metadata", 1, "The inventory is backed up apart from the content",
	  metadata_1b },
	{ "Metadata", 2, "Metadata that says what the content is", metadata_2 },
	{ "Metadata", 3, "The standards to follow are decided", metadata_3a },
	{ "Metadata", 3, "Gaps in the metadata are found and filled",
	  metadata_3b },
	{ "Metadata", 4, "Preservation actions are recorded with their times",
	  metadata_4a },
	{ "Metadata", 4, "The chosen standards are implemented", metadata_2 },
	{ "Content", 1, "Formats are documented, with how they were identified",
	  content_1 },
	{ "Content", 2, "Formats are verified", content_2a },
	{ "Content", 2, "Creators are encouraged to use lasting formats",
	  unknown },
	{ "Content", 3, "Obsolescence of formats is watched", unknown },
	{ "Content", 4, "Migration, normalization, emulation keep it usable",
	  content_4 },
};

/* The numbers behind clauses: one kind of evidence each. */
static void ev_coverage(const struct mun_figures *f, struct verdict *v)
{
	say(v, EVIDENCE,
	    "of %" PRIu64 " copies %" PRIu64
	    " were verified in the period; %" PRIu64 " never; of %" PRIu64
	    " in policy %" PRIu64 " are overdue",
	    f->all.objects, f->all.checked, f->all.never, f->in_policy,
	    f->all.overdue);
}

static void ev_mechanism(const struct mun_figures *f, struct verdict *v)
{
	say(v, EVIDENCE,
	    "a SHA-256 hash tree for each of %" PRIu64 " files, verified by "
	    "reading every byte; recorded apart from the content in catalog "
	    "and ledger (%" PRIu64 " facts), %s",
	    f->counts.files -
		    MUN_MIN(f->counts.files, f->counts.treeless_files),
	    f->counts.entries,
	    f->q->ledger ? "which were compared for this report"
			 : "which were not compared for this report");
}

static void ev_detection(const struct mun_figures *f, struct verdict *v)
{
	uint64_t n[MUN_VERDICTS] = { 0 };

	for (size_t i = 0; i < f->nstores; i++)
		for (size_t k = 0; k < MUN_VERDICTS; k++)
			n[k] += f->stores[i].verdicts[k];
	say(v, EVIDENCE,
	    "verifications of the period: %" PRIu64 " intact, %" PRIu64
	    " mismatch, %" PRIu64 " missing, %" PRIu64 " unreadable",
	    n[0], n[1], n[2], n[3]);
}

static void ev_incidents(const struct mun_figures *f, struct verdict *v)
{
	const struct mun_figures_incidents *n = &f->incidents;

	say(v, EVIDENCE,
	    "%" PRIu64 " incidents opened in the period, %" PRIu64
	    " closed; at its end %" PRIu64 " not closed, %" PRIu64
	    " of them not acknowledged by anybody",
	    n->opened, n->closed, n->open, n->unacknowledged);
}

static void ev_repairs(const struct mun_figures *f, struct verdict *v)
{
	say(v, EVIDENCE,
	    "%" PRIu64 " recoveries in the period; at its end %" PRIu64
	    " incidents are repaired and to be verified, %" PRIu64
	    " are verified after repair",
	    mun_figures_events(f, "recovery"), f->incidents.repaired,
	    f->incidents.verified);
}

static void ev_records(const struct mun_figures *f, struct verdict *v)
{
	say(v, EVIDENCE,
	    "%" PRIu64
	    " events recorded in the period as they happened, %" PRIu64
	    " of them without a named agent",
	    f->counts.events, f->counts.events_unsigned);
}

static void ev_copies(const struct mun_figures *f, struct verdict *v)
{
	say(v, EVIDENCE,
	    "%" PRIu64 " objects in %zu stores: %" PRIu64
	    " with one copy, %" PRIu64 " with two, %" PRIu64
	    " with three or more; %" PRIu64 " have fewer than the policy asks",
	    objects(f), active(f), f->with[1], f->with[2], f->with[3],
	    f->lacking);
}

static void ev_ledger(const struct mun_figures *f, struct verdict *v)
{
	const struct mun_ledger_verdict *x = f->q->ledger;

	if (!x)
		say(v, EVIDENCE, "the ledger was not compared");
	else
		say(v, EVIDENCE,
		    "%" PRIu64 " ledger entries, %" PRIu64
		    " signed heads, %" PRIu64
		    " time stamps, %zu problems found",
		    x->entries, x->heads, x->tokens, f->q->nproblems);
}

static void ev_provenance(const struct mun_figures *f, struct verdict *v)
{
	say(v, EVIDENCE,
	    "%" PRIu64 " of %" PRIu64
	    " objects hold a PREMIS 3 record of what was done to them",
	    objects(f) - f->counts.recordless, objects(f));
}

static void ev_policy(const struct mun_figures *f, struct verdict *v)
{
	say(v, EVIDENCE,
	    "the policy is in muniment.conf and each change of it is a fact of "
	    "the ledger: %" PRIu64 " in the period",
	    f->counts.policies);
}

static const struct requirement iso16363[] = {
	{ "4.2.9", 0,
	  "An independent mechanism to verify the integrity of the "
	  "collection",
	  ev_mechanism },
	{ "4.2.9", 0, "... and of its own record", ev_ledger },
	{ "4.4.1.2", 0, "The integrity of AIPs is actively monitored",
	  ev_coverage },
	{ "4.4.2", 0, "Contemporaneous records of actions on AIPs",
	  ev_records },
	{ "5.1.1.3", 0, "Bit corruption or loss is detected", ev_detection },
	{ "5.1.1.3.1", 0,
	  "Incidents of corruption or loss are recorded and "
	  "reported",
	  ev_incidents },
	{ "5.1.1.3.1", 0, "... and repaired or replaced", ev_repairs },
	{ "5.1.2", 0, "Number and location of copies", ev_copies },
	{ "5.1.2.1", 0, "Copies are synchronised", ev_copies },
};

static const struct requirement cts[] = {
	{ "R07", 0, "Provenance and authenticity: what was done is recorded",
	  ev_provenance },
	{ "R07", 0, "... with who did it", ev_records },
	{ "R14", 0, "Storage and integrity: a documented process", ev_policy },
	{ "R14", 0, "Number of copies", ev_copies },
	{ "R14", 0, "Fixity is verified", ev_coverage },
	{ "R14", 0, "What was found", ev_detection },
	{ "R14", 0, "Recovery", ev_repairs },
	{ "R16", 0, "Security: changes of the record are noticed", ev_ledger },
	{ "R16", 0, "Incidents and who dealt with them", ev_incidents },
	{ "R16", 0, "Who may change content", unknown },
};

static const struct {
	const char *title;
	const struct requirement *of;
	size_t n;
} schemes[MUN_REPORT_FOR_N] = {
	[MUN_REPORT_NDSA] = { "NDSA Levels of Digital Preservation 2.0", ndsa,
			      MUN_COUNT(ndsa) },
	[MUN_REPORT_ISO16363] = { "ISO 16363:2012, clauses that fixity bears on",
				  iso16363, MUN_COUNT(iso16363) },
	[MUN_REPORT_CTS] = { "CoreTrustSeal 2023-2025, requirements that "
			     "fixity bears on",
			     cts, MUN_COUNT(cts) },
};

const char *mun_assessment_title(enum mun_report_for f)
{
	return schemes[f].title ? schemes[f].title : "";
}

static int put_row(const struct mun_table *t, const struct mun_sink *to,
		   const struct requirement *r, const struct verdict *v,
		   struct mun_err *e)
{
	const struct mun_cell cells[] = {
		{ .kind = MUN_CELL_TEXT, .text = r->area },
		{ .kind = r->level ? MUN_CELL_COUNT : MUN_CELL_NONE,
		  .n = r->level },
		{ .kind = MUN_CELL_TEXT, .text = r->text },
		{ .kind = MUN_CELL_TEXT, .text = v->verdict },
		{ .kind = MUN_CELL_TEXT, .text = v->evidence },
	};

	return to->row(to->ctx, t, cells, e);
}

/* The level that an area has by the data alone, and that it would have if all
 * that only people know were so. */
static void level_of(const struct mun_figures *f, const char *area,
		     struct verdict *out)
{
	unsigned int sure = 4;
	unsigned int open = 4;
	char text[12];

	for (size_t i = 0; i < MUN_COUNT(ndsa); i++) {
		struct verdict v;

		if (strcmp(ndsa[i].area, area) != 0)
			continue;
		ndsa[i].judge(f, &v);
		if (strcmp(v.verdict, MET) != 0)
			sure = MUN_MIN(sure, ndsa[i].level - 1);
		if (strcmp(v.verdict, NOT_MET) == 0)
			open = MUN_MIN(open, ndsa[i].level - 1);
	}
	(void)snprintf(text, sizeof(text), "level %u", sure);
	say(out,
	    sure == 4   ? "level 4"
	    : sure == 3 ? "level 3"
	    : sure == 2 ? "level 2"
	    : sure == 1 ? "level 1"
			: "below level 1",
	    "%s by the data alone; at most level %u with what is partly met or "
	    "that you answer yourself",
	    sure ? text : "below level 1", open);
}

static int put_levels(const struct mun_figures *f, const struct mun_table *t,
		      const struct mun_sink *to, struct mun_err *e)
{
	static const char *const areas[] = { "Storage", "Integrity", "Control",
					     "Metadata", "Content" };
	int rc = 0;

	for (size_t i = 0; i < MUN_COUNT(areas) && !rc; i++) {
		const struct requirement r = { areas[i], 0, "All levels",
					       NULL };
		struct verdict v;

		level_of(f, areas[i], &v);
		rc = put_row(t, to, &r, &v, e);
	}
	return rc;
}

int mun_assessment_rows(const struct mun_figures *f, const struct mun_table *t,
			const struct mun_sink *to, struct mun_err *e)
{
	enum mun_report_for who = f->q->for_whom;
	int rc = 0;

	if (who == MUN_REPORT_NDSA)
		rc = put_levels(f, t, to, e);
	for (size_t i = 0; i < schemes[who].n && !rc; i++) {
		struct verdict v;

		schemes[who].of[i].judge(f, &v);
		rc = put_row(t, to, &schemes[who].of[i], &v, e);
	}
	return rc;
}
