/* SPDX-License-Identifier: Apache-2.0 */
/* cli/audit_print.c - what an audit and a repair say, as text and JSON */
#include "cli/audit_print.h"

#include "cli/custodian.h"
#include "core/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void finding_json(struct mun_jsonw *w, const struct mun_feed_finding *f)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "object", f->object);
	mun_jsonw_text(w, "store", f->store);
	mun_jsonw_text(w, "path", f->path);
	mun_jsonw_text(w, "outcome", f->outcome);
	mun_jsonw_u64(w, "offset", f->off);
	mun_jsonw_u64(w, "length", f->bytes);
	mun_jsonw_text(w, "expected", f->expected);
	mun_jsonw_text(w, "actual", f->actual);
	mun_jsonw_text(w, "text", f->text);
	mun_jsonw_end_object(w);
}

void mun_print_finding(void *print, const struct mun_feed_finding *f)
{
	const struct mun_audit_print *p = print;

	if (p->w) {
		finding_json(p->w, f);
		return;
	}
	/* That a store is away is said by its run, once. */
	if (!f->object[0] && !strcmp(f->outcome, "store_unavailable"))
		return;
	(void)printf("%s  %s  %s", f->outcome, f->object[0] ? f->object : "-",
		     f->path);
	if (f->bytes)
		(void)printf("  %" PRIu64 " bytes at offset %" PRIu64, f->bytes,
			     f->off);
	if (strcmp(f->store, MUN_STORE_MAIN) != 0)
		(void)printf("  in store %s", f->store);
	(void)printf("%s%s\n", f->text[0] ? "  " : "", f->text);
}

void mun_print_keep_run(void *print, const struct mun_run_result *r)
{
	struct mun_audit_print *p = print;

	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 8;
		void *grown = reallocarray(p->runs, room, sizeof(*p->runs));

		if (!grown) {
			p->out_of_memory = true;
			return;
		}
		p->runs = grown;
		p->room = room;
	}
	p->runs[p->n++] = *r;
}

static void add_up(const struct mun_audit_print *p,
		   struct mun_audit_summary *sum, uint64_t *not_run)
{
	*sum = (struct mun_audit_summary){ 0 };
	*not_run = 0;
	for (size_t i = 0; i < p->n; i++) {
		const struct mun_audit_summary *s = &p->runs[i].sum;

		sum->objects += s->objects;
		sum->files += s->files;
		sum->bytes += s->bytes;
		sum->interrupted |= s->interrupted && !s->stopped;
		for (int k = 0; k < MUN_OUTCOME_N; k++)
			sum->outcomes[k] += s->outcomes[k];
		*not_run += p->runs[i].not_run;
	}
}

static void counts_text(const struct mun_audit_summary *s, uint64_t not_run)
{
	char bytes[16];

	mun_human_bytes(s->bytes, bytes);
	(void)printf("checked %" PRIu64 " objects, %" PRIu64 " files, %s:",
		     s->objects, s->files, bytes);
	for (unsigned int i = 0; i < MUN_OUTCOME_NOT_RUN; i++)
		(void)printf(" %" PRIu64 " %s%s", s->outcomes[i],
			     mun_outcome_name((enum mun_outcome)i),
			     i + 1 < MUN_OUTCOME_NOT_RUN ? "," : "");
	(void)printf(", %" PRIu64 " not run\n", not_run);
}

static bool was_not_done(const struct mun_run_result *r)
{
	return r->state == MUN_RUN_INTERRUPTED || r->state == MUN_RUN_AWAY ||
	       r->state == MUN_RUN_BUSY || r->state == MUN_RUN_FAULT ||
	       r->sum.outcomes[MUN_OUTCOME_UNAVAILABLE];
}

static void run_text(const struct mun_run_result *r)
{
	if (r->swept)
		(void)printf("store %s: %" PRIu64 " objects are there%s\n",
			     r->store, r->sweep_objects,
			     r->sweep_found ? " but for what is said above"
					    : ", of their size");
	if (r->state == MUN_RUN_DONE)
		return;
	/* The reason of a failure is on stderr. */
	(void)printf("store %s: %s%s%s\n", r->store,
		     mun_run_state_name(r->state), was_not_done(r) ? "" : ": ",
		     was_not_done(r) ? "" : r->why);
}

/* Status 2 always has its reason on stderr. */
static void say_why(const struct mun_run_result *r)
{
	if (was_not_done(r) && r->state != MUN_RUN_INTERRUPTED)
		mun_cli_store_error(r->store, r->why);
}

static void runs_text(const struct mun_audit_print *p)
{
	struct mun_audit_summary sum;
	uint64_t not_run;

	add_up(p, &sum, &not_run);
	for (size_t i = 0; i < p->n; i++)
		run_text(&p->runs[i]);
	for (size_t i = 0; i < p->n && p->n > 1; i++) {
		(void)printf("store %s: ", p->runs[i].store);
		counts_text(&p->runs[i].sum, p->runs[i].not_run);
	}
	counts_text(&sum, not_run);
}

static void outcomes_json(struct mun_jsonw *w,
			  const struct mun_audit_summary *s, uint64_t not_run)
{
	mun_jsonw_object(w, "outcomes");
	for (unsigned int i = 0; i < MUN_OUTCOME_NOT_RUN; i++)
		mun_jsonw_u64(w, mun_outcome_name((enum mun_outcome)i),
			      s->outcomes[i]);
	mun_jsonw_u64(w, "not_run", not_run);
	mun_jsonw_end_object(w);
}

static void run_json(struct mun_jsonw *w, const struct mun_run_result *r)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "store", r->store);
	mun_jsonw_text(w, "state", mun_run_state_name(r->state));
	mun_jsonw_text(w, "why", r->why);
	mun_jsonw_u64(w, "checked", r->sum.files);
	mun_jsonw_u64(w, "objects", r->sum.objects);
	mun_jsonw_u64(w, "bytes", r->sum.bytes);
	outcomes_json(w, &r->sum, r->not_run);
	mun_jsonw_bool(w, "swept", r->swept);
	mun_jsonw_u64(w, "sweep_objects", r->sweep_objects);
	mun_jsonw_u64(w, "sweep_findings", r->sweep_found);
	mun_jsonw_u64(w, "new_incidents", r->new_incidents);
	mun_jsonw_end_object(w);
}

static void runs_json(const struct mun_audit_print *p)
{
	struct mun_jsonw *w = p->w;
	struct mun_audit_summary sum;
	uint64_t not_run;

	add_up(p, &sum, &not_run);
	mun_jsonw_end_array(w);
	mun_jsonw_u64(w, "checked", sum.files);
	mun_jsonw_u64(w, "objects", sum.objects);
	mun_jsonw_u64(w, "bytes", sum.bytes);
	mun_jsonw_bool(w, "interrupted", sum.interrupted);
	outcomes_json(w, &sum, not_run);
	mun_jsonw_array(w, "stores");
	for (size_t i = 0; i < p->n; i++)
		run_json(w, &p->runs[i]);
	mun_jsonw_end_array(w);
}

void mun_print_runs(struct mun_audit_print *p)
{
	for (size_t i = 0; i < p->n; i++)
		say_why(&p->runs[i]);
	if (p->w)
		runs_json(p);
	else
		runs_text(p);
}

static void repair_json(struct mun_jsonw *w, const struct mun_repair_result *r)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "object", r->object);
	mun_jsonw_text(w, "store", r->store);
	mun_jsonw_text(w, "path", r->path);
	mun_jsonw_text(w, "state", mun_repair_state_name(r->state));
	mun_jsonw_u64(w, "repaired_bytes", r->repaired);
	mun_jsonw_text(w, "from", r->from);
	mun_jsonw_text(w, "why", r->why);
	mun_jsonw_array(w, "lost");
	for (size_t i = 0; i < r->nlost; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_u64(w, "offset", r->lost[i].off);
		mun_jsonw_u64(w, "length", r->lost[i].bytes);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_end_object(w);
}

static void note_mended(struct mun_audit_print *p, const char *object)
{
	void *grown;

	for (size_t i = 0; i < p->nmended; i++)
		if (!strcmp(p->mended[i], object))
			return;
	grown = reallocarray(p->mended, p->nmended + 1, sizeof(*p->mended));
	if (!grown) {
		p->out_of_memory = true;
		return;
	}
	p->mended = grown;
	(void)snprintf(p->mended[p->nmended++], MUN_UUID_LEN, "%s", object);
}

void mun_print_repair(void *print, const struct mun_repair_result *r)
{
	struct mun_audit_print *p = print;

	if (r->state == MUN_REPAIR_DONE || r->state == MUN_REPAIR_PARTLY)
		note_mended(p, r->object);
	if (r->state == MUN_REPAIR_DONE)
		p->repaired++;
	else if (r->state != MUN_REPAIR_POSSIBLE)
		p->not_repaired++;
	if (p->w) {
		repair_json(p->w, r);
		return;
	}
	(void)printf("%s  %s  %s  in store %s", mun_repair_state_name(r->state),
		     r->object, r->path[0] ? r->path : "(all of it)", r->store);
	if (r->from[0])
		(void)printf(": %s", r->from);
	if (r->why[0])
		(void)printf("%s %s", r->from[0] ? ";" : ":", r->why);
	(void)printf("\n");
}

/* The audit after the repair: its findings stand in the incidents, what is
 * printed here is the count. */
static int verify_again(struct mun_audit_print *p,
			const struct mun_custodian *k, struct mun_err *e)
{
	struct mun_audit_print again = { 0 };
	mun_autofree const char **ids = calloc(p->nmended + 1, sizeof(*ids));
	struct mun_run_request q = {
		.objects = ids,
		.nobjects = p->nmended,
		.mode = MUN_READ_DISK,
		.threads = -1,
	};
	struct mun_audit_summary sum;
	uint64_t not_run;
	int rc;

	if (!ids)
		return mun_fail_nomem(e, "objects");
	for (size_t i = 0; i < p->nmended; i++)
		ids[i] = p->mended[i];
	rc = mun_run_audit(k, &q, NULL, mun_print_keep_run, &again, e);
	add_up(&again, &sum, &not_run);
	if (!rc && p->w) {
		mun_jsonw_object(p->w, "verified_again");
		mun_jsonw_u64(p->w, "checked", sum.files);
		outcomes_json(p->w, &sum, not_run);
		mun_jsonw_end_object(p->w);
	} else if (!rc) {
		(void)printf("verified again: ");
		counts_text(&sum, not_run);
	}
	mun_print_clear(&again);
	return rc;
}

int mun_print_repairs(struct mun_audit_print *p, const struct mun_custodian *k,
		      const struct mun_repair_request *q, struct mun_err *e)
{
	int rc;

	if (p->w)
		mun_jsonw_array(p->w, "repairs");
	rc = mun_repair(k, q, mun_print_repair, p, e);
	if (p->w)
		mun_jsonw_end_array(p->w);
	if (!rc && p->out_of_memory)
		return mun_fail_nomem(e, "results");
	return !rc && p->nmended ? verify_again(p, k, e) : rc;
}

int mun_print_exit(const struct mun_audit_print *p)
{
	int status = p->not_repaired ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE;

	for (size_t i = 0; i < p->n; i++) {
		const struct mun_run_result *r = &p->runs[i];

		if (was_not_done(r))
			return MUN_EXIT_FAILED;
		if (r->sweep_found || r->sum.outcomes[MUN_OUTCOME_MISMATCH] ||
		    r->sum.outcomes[MUN_OUTCOME_MISSING] ||
		    r->sum.outcomes[MUN_OUTCOME_UNREADABLE])
			status = MUN_EXIT_DAMAGE;
	}
	return status;
}

void mun_print_clear(struct mun_audit_print *p)
{
	free(p->runs);
	free(p->mended);
	*p = (struct mun_audit_print){ 0 };
}
