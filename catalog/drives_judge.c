/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/drives_judge.c - a bad drive, or bad media? */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "catalog/drives.h"
#include "core/check.h"

/* Below this chance that it is like the others, the drive is suspected. */
#define SUSPECT_CHANCE 0.01
/* Fewer media of either side say nothing by their share. */
#define MEDIA_MIN 5u

const char *mun_drive_verdict_name(enum mun_drive_verdict v)
{
	static const char *const names[] = {
		[MUN_DRIVE_GOOD] = "good",
		[MUN_DRIVE_MEDIA] = "media",
		[MUN_DRIVE_SUSPECT] = "suspect",
		[MUN_DRIVE_UNCLEAR] = "unclear",
	};

	return v < MUN_COUNT(names) ? names[v] : "";
}

static double log_factorial(uint64_t n)
{
	int sign;

	return lgamma_r((double)n + 1, &sign);
}

/* The natural logarithm of n over k. */
static double log_choose(uint64_t n, uint64_t k)
{
	return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

/*
 * The upper tail of the hypergeometric distribution (Fisher's exact test): of
 * @all media @bad are partial; how likely are @found or more of them among
 * @drawn that are taken at random?
 */
static double tail(uint64_t all, uint64_t bad, uint64_t drawn, uint64_t found)
{
	uint64_t most = MUN_MIN(bad, drawn);
	double whole = log_choose(all, drawn);
	double sum = 0;

	for (uint64_t k = found; k <= most; k++) {
		if (drawn - k > all - bad)
			continue;
		sum += exp(log_choose(bad, k) +
			   log_choose(all - bad, drawn - k) - whole);
	}
	return sum < 1 ? sum : 1;
}

static void count(const struct mun_drives *d, size_t index,
		  struct mun_drive_judgement *j)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct mun_drive *x = &d->of[i];
		uint64_t partial = x->outcomes[MUN_DRIVE_PARTIAL];

		*(i == index ? &j->media : &j->others_media) += x->media;
		*(i == index ? &j->partial : &j->others_partial) += partial;
	}
	j->chance = 1;
	if (j->others_media && j->media)
		j->chance = tail(j->media + j->others_media,
				 j->partial + j->others_partial, j->media,
				 j->partial);
}

static void by_media(const struct mun_drive *x, struct mun_drive_judgement *j)
{
	bool more = x->others_better > x->others_not;

	j->verdict = more ? MUN_DRIVE_SUSPECT : MUN_DRIVE_MEDIA;
	(void)snprintf(j->why, sizeof(j->why),
		       "of %" PRIu64 " media that other drives tried too, they "
		       "could read %" PRIu64 " better and %" PRIu64 " not",
		       x->others_better + x->others_not, x->others_better,
		       x->others_not);
}

static void by_share(struct mun_drive_judgement *j)
{
	bool few = j->media < MEDIA_MIN || j->others_media < MEDIA_MIN;

	/* As many as elsewhere, or fewer: nothing speaks against it. */
	bool no_more =
		j->partial * j->others_media <= j->others_partial * j->media;

	if (few)
		j->verdict = MUN_DRIVE_UNCLEAR;
	else if (j->chance < SUSPECT_CHANCE)
		j->verdict = MUN_DRIVE_SUSPECT;
	else
		j->verdict = no_more ? MUN_DRIVE_MEDIA : MUN_DRIVE_UNCLEAR;
	(void)snprintf(j->why, sizeof(j->why),
		       "%" PRIu64 " of %" PRIu64 " media partial, on all other "
		       "drives %" PRIu64 " of %" PRIu64 "%s",
		       j->partial, j->media, j->others_partial, j->others_media,
		       few ? ": too few to compare; try one of them in another "
			     "drive"
			   : "");
}

void mun_drives_judge(const struct mun_drives *d, size_t index,
		      struct mun_drive_judgement *out)
{
	const struct mun_drive *x = &d->of[index];

	*out = (struct mun_drive_judgement){ 0 };
	count(d, index, out);
	if (x->others_better || x->others_not) {
		by_media(x, out);
	} else if (!out->partial) {
		out->verdict = MUN_DRIVE_GOOD;
		(void)snprintf(out->why, sizeof(out->why),
			       "no medium was left partial");
	} else {
		by_share(out);
	}
}
