/* SPDX-License-Identifier: Apache-2.0 */
/* image/platform_judge.c - signs weighed: the verdict (image/platform.h) */
#include "image/platform.h"

#include "core/check.h"
#include "image/platform_rules.h"

#include <stdio.h>
#include <string.h>

/* Machines that take each other's media are one family: their signs agree. */
enum family {
	FAMILY_NONE,
	FAMILY_PC,
	FAMILY_MAC,
	FAMILY_COMMODORE,
	FAMILY_CPM,
	FAMILY_ACORN,
	FAMILY_ANY,
	FAMILY_OWN, /* + the platform: alone in its family */
};

#define SIGNS 64u

/* A sign that was seen. */
struct sign {
	enum mun_sign weight;
	enum mun_platform platform;
	char why[160];
};

struct tally {
	/* By platform: its strongest sign, and all of them added. */
	unsigned int best[MUN_PLATFORMS];
	unsigned int sum[MUN_PLATFORMS];
	size_t nsigns;
	struct sign signs[SIGNS];
};

static unsigned int family_of(enum mun_platform p)
{
	static const enum family families[MUN_PLATFORMS] = {
		[MUN_PLATFORM_PC_DOS] = FAMILY_PC,
		[MUN_PLATFORM_PC_WIN9X] = FAMILY_PC,
		[MUN_PLATFORM_PC_NT] = FAMILY_PC,
		[MUN_PLATFORM_PC_OS2] = FAMILY_PC,
		[MUN_PLATFORM_PC_UNIX] = FAMILY_PC,
		[MUN_PLATFORM_PC_BEOS] = FAMILY_PC,
		[MUN_PLATFORM_PC] = FAMILY_PC,
		[MUN_PLATFORM_MAC_68K] = FAMILY_MAC,
		[MUN_PLATFORM_MAC_PPC] = FAMILY_MAC,
		[MUN_PLATFORM_C64] = FAMILY_COMMODORE,
		[MUN_PLATFORM_CBM_PET] = FAMILY_COMMODORE,
		[MUN_PLATFORM_CPM] = FAMILY_CPM,
		[MUN_PLATFORM_CPC] = FAMILY_CPM,
		[MUN_PLATFORM_SPECTRUM] = FAMILY_CPM,
		[MUN_PLATFORM_BBC] = FAMILY_ACORN,
		[MUN_PLATFORM_ARCHIMEDES] = FAMILY_ACORN,
		[MUN_PLATFORM_ANY] = FAMILY_ANY,
	};

	return families[p] ? families[p] : FAMILY_OWN + (unsigned int)p;
}

/* The member that is named where no other has a sign of its own. */
static bool is_general(enum mun_platform p)
{
	return p == MUN_PLATFORM_PC || p == MUN_PLATFORM_CPM ||
	       p == MUN_PLATFORM_ANY;
}

static void score(struct tally *t, enum mun_platform p, unsigned int weight)
{
	if (weight > t->best[p])
		t->best[p] = weight;
	t->sum[p] += weight;
}

static void add_sign(struct tally *t, const struct mun_platform_rule *r,
		     unsigned int weight, const char *why)
{
	score(t, r->platform, weight);
	for (unsigned int p = 0; p < MUN_PLATFORMS; p++) {
		if (r->also >> p & 1)
			score(t, (enum mun_platform)p, MUN_SIGN_READS);
	}
	/* Two volumes may say the same. */
	for (size_t i = 0; i < t->nsigns; i++) {
		if (t->signs[i].platform == r->platform &&
		    !strcmp(t->signs[i].why, why))
			return;
	}
	if (t->nsigns == SIGNS)
		return;
	t->signs[t->nsigns].weight = (enum mun_sign)weight;
	t->signs[t->nsigns].platform = r->platform;
	(void)snprintf(t->signs[t->nsigns].why, sizeof(t->signs[0].why), "%s",
		       why);
	t->nsigns++;
}

/* What stands in a damaged volume says a step less. */
static unsigned int weight_in(const struct mun_platform_rule *r,
			      const struct mun_contents_volume *vol)
{
	return vol && vol->damaged && r->sign > MUN_SIGN_READS ? r->sign / 2u
							       : r->sign;
}

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* The whole name, or all of a family of names. */
static bool is_fs(const char *fs, const char *what)
{
	static const char *const families[] = { "amiga-", "apple-", "cbm-15",
						"ext", "ods" };

	for (size_t i = 0; i < MUN_COUNT(families); i++) {
		if (!strcmp(what, families[i]))
			return begins_with(fs, what);
	}
	return !strcmp(fs, what);
}

/* By its name, or in a wrapping: "gzip of adf, 880K ...". */
static bool is_format(const struct mun_image_facts *f, const char *name)
{
	const char *of = strstr(f->variant, " of ");
	const char *comma = strchr(f->variant, ',');
	size_t len = strlen(name);

	if (!strcmp(f->format, name))
		return true;
	if (strcmp(f->format, "gzip") != 0 && strcmp(f->format, "imz") != 0 &&
	    strcmp(f->format, "macbinary") != 0 &&
	    strcmp(f->format, "applesingle") != 0)
		return false;
	return of && (!comma || of < comma) && !strncmp(of + 4, name, len) &&
	       (of[4 + len] == ',' || of[4 + len] == '\0');
}

static void by_mark(struct tally *t, const struct mun_platform_rule *r,
		    const struct mun_contents_volume *vol,
		    const struct mun_mark *marks, size_t nmarks)
{
	for (size_t i = 0; i < nmarks; i++) {
		if (!strcmp(marks[i].word, r->what))
			add_sign(t, r, weight_in(r, vol),
				 marks[i].text[0] ? marks[i].text
						  : marks[i].word);
	}
}

static bool is_fat(const struct mun_contents_volume *vol)
{
	return begins_with(vol->fs, "fat");
}

static void by_volume(struct tally *t, const struct mun_platform_rule *r,
		      const struct mun_contents_volume *vol)
{
	char why[160];

	if (r->on == MUN_RULE_MARK) {
		by_mark(t, r, vol, vol->marks, vol->nmarks);
	} else if ((r->on == MUN_RULE_FS && is_fs(vol->fs, r->what)) ||
		   (r->on == MUN_RULE_TITLE && strstr(vol->title, r->what))) {
		(void)snprintf(why, sizeof(why), "file system: %s", vol->title);
		add_sign(t, r, weight_in(r, vol), why);
	} else if (r->on == MUN_RULE_OEM && is_fat(vol) &&
		   begins_with(vol->oem, r->what)) {
		(void)snprintf(why, sizeof(why), "%s boot sector, OEM id %s",
			       vol->title, vol->oem);
		add_sign(t, r, weight_in(r, vol), why);
	}
}

/* Each type of partition once, however many there are. */
static void by_part(struct tally *t, const struct mun_platform_rule *r,
		    const struct mun_contents *c)
{
	char why[160];

	for (size_t i = 0; i < c->nparts; i++) {
		if (strcmp(c->parts[i].type, r->what) != 0)
			continue;
		(void)snprintf(why, sizeof(why), "partition %u of type %s",
			       c->parts[i].number, c->parts[i].type);
		add_sign(t, r, r->sign, why);
		return;
	}
}

static void by_contents(struct tally *t, const struct mun_platform_rule *r,
			const struct mun_contents *c)
{
	char why[160];

	if (r->on == MUN_RULE_TABLE && !strcmp(c->table, r->what)) {
		(void)snprintf(why, sizeof(why), "partition table: %s",
			       c->table);
		add_sign(t, r, r->sign, why);
	} else if (r->on == MUN_RULE_PART) {
		by_part(t, r, c);
	} else if (r->on == MUN_RULE_MARK) {
		by_mark(t, r, NULL, c->marks, c->nmarks);
	}
	for (size_t i = 0; i < c->nvolumes; i++)
		by_volume(t, r, &c->volumes[i]);
}

static void apply(struct tally *t, const struct mun_platform_rule *r,
		  const struct mun_platform_view *v)
{
	char why[160] = "";

	if (r->on == MUN_RULE_FORMAT && is_format(v->f, r->what)) {
		(void)snprintf(why, sizeof(why), "image format: %s",
			       strcmp(v->f->format, r->what) ? v->f->variant
							     : v->f->title);
		add_sign(t, r, r->sign, why);
	} else if (r->on == MUN_RULE_VARIANT &&
		   strstr(v->f->variant, r->what)) {
		(void)snprintf(why, sizeof(why), "image: %s", v->f->variant);
		add_sign(t, r, r->sign, why);
	} else if (r->on == MUN_RULE_TEST && r->test(v, why, sizeof(why))) {
		add_sign(t, r, r->sign, why);
	} else if (v->c) {
		by_contents(t, r, v->c);
	}
}

/* Is @a likelier than @b?  By the strongest sign, then by all; what is general
 * gives way. */
static bool beats(const struct tally *t, enum mun_platform a,
		  enum mun_platform b)
{
	if (t->best[a] != t->best[b])
		return t->best[a] > t->best[b];
	if (is_general(a) != is_general(b))
		return is_general(b);
	return t->sum[a] > t->sum[b];
}

/* A general member stands for its family: another of it that has a sign of its
 * own is what the medium was more exactly. */
static enum mun_platform narrow(const struct tally *t, enum mun_platform best)
{
	enum mun_platform found = best;

	if (!is_general(best))
		return best;
	for (unsigned int i = 0; i < MUN_PLATFORMS; i++) {
		const enum mun_platform p = (enum mun_platform)i;

		if (family_of(p) != family_of(best) || is_general(p) ||
		    t->best[p] < MUN_SIGN_WEAK)
			continue;
		if (found == best || beats(t, p, found))
			found = p;
	}
	return found;
}

static enum mun_platform likeliest(const struct tally *t)
{
	enum mun_platform best = MUN_PLATFORM_UNKNOWN;

	for (unsigned int p = 1; p < MUN_PLATFORMS; p++) {
		if (t->sum[p] && beats(t, (enum mun_platform)p, best))
			best = (enum mun_platform)p;
	}
	return narrow(t, best);
}

/* The strongest sign of another family, or of another member of the same.  That
 * several read it, or all of a family, contradicts nobody. */
static unsigned int against(const struct tally *t, enum mun_platform chosen,
			    bool family)
{
	unsigned int most = 0;

	for (unsigned int i = 1; i < MUN_PLATFORMS; i++) {
		const enum mun_platform p = (enum mun_platform)i;

		if (p == chosen || p == MUN_PLATFORM_ANY ||
		    (family && is_general(p)) ||
		    (family_of(p) == family_of(chosen)) != family)
			continue;
		if (t->best[p] > most)
			most = t->best[p];
	}
	return most;
}

static enum mun_confidence confidence_of(const struct tally *t,
					 enum mun_platform chosen)
{
	const unsigned int other = against(t, chosen, false);
	const unsigned int sibling = against(t, chosen, true);
	const unsigned int best = t->best[chosen];
	unsigned int signs = 0;

	for (size_t i = 0; i < t->nsigns; i++)
		signs += t->signs[i].platform == chosen &&
			 t->signs[i].weight >= MUN_SIGN_WEAK;
	if (!best)
		return MUN_CONFIDENCE_NONE;
	if (other >= MUN_SIGN_USUAL && other >= best)
		return MUN_CONFIDENCE_LOW;
	if (best == MUN_SIGN_MADE && sibling < best)
		return MUN_CONFIDENCE_HIGH;
	if (best >= MUN_SIGN_USUAL || signs > 1)
		return MUN_CONFIDENCE_MEDIUM;
	return MUN_CONFIDENCE_LOW;
}

static void tell_reason(const struct sign *sign, struct mun_verdict *out,
			bool of_family)
{
	if (out->nreasons < MUN_VERDICT_REASONS)
		(void)snprintf(out->reasons[out->nreasons++],
			       sizeof(out->reasons[0]), "%s%.140s",
			       of_family ? "" : "but: ", sign->why);
}

/* Those for the verdict and its family, the strongest first and of each weight
 * its own before its family's; then those that speak against it, where they say
 * more than what one would think of first. */
static void tell_reasons(const struct tally *t, struct mun_verdict *out,
			 bool of_family)
{
	static const struct {
		enum mun_sign weight;
		bool own;
	} steps[] = {
		{ MUN_SIGN_MADE, true },  { MUN_SIGN_MADE, false },
		{ MUN_SIGN_USUAL, true }, { MUN_SIGN_USUAL, false },
		{ MUN_SIGN_WEAK, true },  { MUN_SIGN_WEAK, false },
		{ MUN_SIGN_READS, true }, { MUN_SIGN_READS, false },
	};
	const unsigned int family = family_of(out->platform);

	for (size_t s = 0; s < MUN_COUNT(steps); s++) {
		for (size_t i = 0; i < t->nsigns; i++) {
			const struct sign *sign = &t->signs[i];

			if (sign->weight != steps[s].weight ||
			    (sign->platform == out->platform) != steps[s].own ||
			    (!of_family && sign->weight < MUN_SIGN_USUAL) ||
			    (family_of(sign->platform) == family) != of_family)
				continue;
			tell_reason(sign, out, of_family);
		}
	}
}

static void tell_others(const struct tally *t, struct mun_verdict *out)
{
	bool told[MUN_PLATFORMS] = { false };

	told[out->platform] = true;
	while (out->nothers < MUN_VERDICT_OTHERS) {
		enum mun_platform next = MUN_PLATFORM_UNKNOWN;

		for (unsigned int p = 1; p < MUN_PLATFORMS; p++) {
			if (t->sum[p] && !told[p] &&
			    beats(t, (enum mun_platform)p, next))
				next = (enum mun_platform)p;
		}
		if (next == MUN_PLATFORM_UNKNOWN)
			return;
		told[next] = true;
		out->others[out->nothers++] = next;
	}
}

static void say_none(const struct mun_platform_view *v, struct mun_verdict *out)
{
	const char *why =
		"the image format is of no machine alone, and nothing "
		"in it was looked at";

	out->nreasons = 1;
	if (v->c && v->c->nvolumes) {
		(void)snprintf(out->reasons[0], sizeof(out->reasons[0]),
			       "%s is of no machine alone",
			       v->c->volumes[0].title);
		return;
	}
	if (v->c)
		why = v->c->table_damaged || mun_contents_mark(v->c, NULL,
							       "undecodable")
			      ? "where a partition table, a file system or a "
				"boot sector would be cannot be decoded"
			      : "no partition table, file system or boot "
				"sector that is known";
	(void)snprintf(out->reasons[0], sizeof(out->reasons[0]), "%s", why);
}

void mun_platform_judge(const struct mun_image_facts *f,
			const struct mun_contents *c, struct mun_verdict *out)
{
	const struct mun_platform_view v = { .f = f, .c = c };
	struct tally t;

	memset(&t, 0, sizeof(t));
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < mun_platform_nrules; i++)
		apply(&t, &mun_platform_rules[i], &v);
	out->platform = likeliest(&t);
	out->confidence = confidence_of(&t, out->platform);
	if (out->platform == MUN_PLATFORM_UNKNOWN) {
		say_none(&v, out);
	} else {
		tell_reasons(&t, out, true);
		tell_reasons(&t, out, false);
		tell_others(&t, out);
	}
	if (c)
		out->boots = mun_platform_boots(c, out->platform);
}
