/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_read_object.c - the objects of a PREMIS document of ours */
#include "catalog/premis_reader.h"

#include "catalog/premis_names.h"
#include "core/check.h"
#include "core/str.h"

#include <string.h>

/* One significant property: its type, and its value in @value_out. */
static const char *read_prop(struct mun_premis_reader *rd,
			     struct mun_premis_cursor *c,
			     const char **value_out)
{
	struct mun_premis_cursor in;
	const char *type;

	mun_premis_rd_enter(&in,
			    mun_premis_rd_take(rd, c, "significantProperties"));
	type = mun_premis_rd_text(rd, &in, "significantPropertiesType");
	*value_out = mun_premis_rd_text(rd, &in, "significantPropertiesValue");
	mun_premis_rd_end(rd, &in);
	return type;
}

/* A text of the record; false where @props has none of that type. */
static bool store_prop(struct mun_premis_reader *rd, const xmlNode *at,
		       const struct mun_premis_prop *props, const char *type,
		       const char *value)
{
	for (; props->type; props++) {
		const char **field;

		if (strcmp(props->type, type) != 0)
			continue;
		field = mun_premis_field(rd->r, props);
		if (**field)
			mun_premis_rd_fail(rd, at, "given twice:", type);
		*field = value;
		return true;
	}
	return false;
}

static void read_props(struct mun_premis_reader *rd,
		       struct mun_premis_cursor *c,
		       const struct mun_premis_prop *props)
{
	while (!rd->rc && mun_premis_rd_at(c, "significantProperties")) {
		const xmlNode *at = c->at;
		const char *value;
		const char *type = read_prop(rd, c, &value);

		if (!rd->rc && !store_prop(rd, at, props, type, value))
			mun_premis_rd_fail(rd, at, "unknown property", type);
	}
}

static void read_entity(struct mun_premis_reader *rd,
			struct mun_premis_cursor *c)
{
	rd->r->id = mun_premis_rd_uuid(rd, c, "objectIdentifier", NULL);
	while (!rd->rc && mun_premis_rd_at(c, "objectIdentifier")) {
		struct mun_rec_identifier *id =
			mun_record_add_identifier(rd->r);
		struct mun_premis_pair pair;

		mun_premis_rd_id(rd, c, "objectIdentifier", &pair);
		if (!id)
			return;
		id->type = pair.type;
		id->value = pair.value;
	}
	read_props(rd, c, mun_premis_entity_props);
	rd->r->label = mun_premis_rd_maybe(rd, c, "originalName");
	mun_premis_rd_skip(c, "relationship");
	mun_premis_rd_end(rd, c);
}

static void read_carrier(struct mun_premis_reader *rd,
			 struct mun_premis_cursor *c)
{
	struct mun_premis_cursor in;

	if (rd->carrier)
		mun_premis_rd_fail(rd, c->parent, "a second", "carrier");
	rd->carrier = true;
	read_props(rd, c, mun_premis_carrier_props);
	if (mun_premis_rd_at(c, "storage")) {
		mun_premis_rd_enter(&in, mun_premis_rd_take(rd, c, "storage"));
		rd->r->media_type =
			mun_premis_rd_text(rd, &in, "storageMedium");
		mun_premis_rd_end(rd, &in);
	}
	mun_premis_rd_skip(c, "relationship");
	mun_premis_rd_end(rd, c);
}

static void read_digest(struct mun_premis_reader *rd, const xmlNode *at,
			const char *name, const char *hex,
			struct mun_digests *out)
{
	enum mun_digest_alg alg;
	struct mun_err why;

	if (rd->rc)
		return;
	if (mun_digest_from_name(name, &alg, &why))
		mun_premis_rd_fail(rd, at, "unknown digest algorithm", name);
	else if (out->of[alg].len)
		mun_premis_rd_fail(rd, at, "given twice:", name);
	else if (mun_digest_parse(alg, hex, &out->of[alg], &why))
		mun_premis_rd_fail(rd, at,
				   "not a digest of its algorithm:", hex);
}

/* A number of the decoded bytes; false for another property. */
static bool store_number(struct mun_premis_reader *rd, const xmlNode *at,
			 const char *type, const char *value)
{
	static const struct {
		const char *type;
		uint64_t max;
	} numbers[] = {
		{ MUN_PROP_BYTES, UINT64_MAX },
		{ MUN_PROP_SECTOR_BYTES, UINT32_MAX },
		{ MUN_PROP_UNREADABLE, UINT64_MAX },
	};
	uint64_t n = 0;
	unsigned int which = 0;

	while (which < MUN_COUNT(numbers) &&
	       strcmp(type, numbers[which].type) != 0)
		which++;
	if (which == MUN_COUNT(numbers))
		return false;
	if (rd->numbers & 1u << which)
		mun_premis_rd_fail(rd, at, "given twice:", type);
	rd->numbers |= 1u << which;
	n = mun_premis_rd_number(rd, at, value, numbers[which].max);
	if (which == 0)
		rd->r->bytes = n;
	else if (which == 1)
		rd->r->sector_bytes = (uint32_t)n;
	else
		rd->r->unreadable_bytes = n;
	return true;
}

/* Digests of the decoded bytes; false for another property. */
static bool store_content(struct mun_premis_reader *rd, const xmlNode *at,
			  const char *type, const char *value)
{
	const size_t head = strlen(MUN_PROP_CONTENT);

	if (strcmp(type, MUN_PROP_CONTENT_SAME) == 0 &&
	    strcmp(value, MUN_PROP_CONTENT_SAME_VALUE) == 0)
		rd->content_same = true;
	else if (strncmp(type, MUN_PROP_CONTENT, head) == 0)
		read_digest(rd, at, type + head, value, &rd->r->content);
	else
		return false;
	return true;
}

/* What the image says of itself, or the medium; false for another property. */
static bool store_image(struct mun_premis_reader *rd, const char *type,
			const char *value)
{
	const size_t image = strlen(MUN_PROP_IMAGE);
	const size_t head = mun_premis_is_medium(type) ? 0 : image;
	struct mun_rec_property *p;

	if ((head && strncmp(type, MUN_PROP_IMAGE, head) != 0) || !type[head] ||
	    !*value)
		return false;
	p = mun_record_add_property(rd->r);
	if (p) {
		p->name = type + head;
		p->value = value;
	}
	return true;
}

static void read_representation(struct mun_premis_reader *rd,
				struct mun_premis_cursor *c)
{
	if (rd->representation)
		mun_premis_rd_fail(rd, c->parent, "a second", "representation");
	rd->representation = true;
	mun_premis_rd_skip(c, "preservationLevel");
	while (!rd->rc && mun_premis_rd_at(c, "significantProperties")) {
		const xmlNode *at = c->at;
		const char *value;
		const char *type = read_prop(rd, c, &value);

		if (!rd->rc && !store_number(rd, at, type, value) &&
		    !store_content(rd, at, type, value) &&
		    !store_image(rd, type, value) &&
		    !store_prop(rd, at, mun_premis_repr_props, type, value))
			mun_premis_rd_fail(rd, at, "unknown property", type);
	}
	mun_premis_rd_skip(c, "relationship");
	mun_premis_rd_end(rd, c);
}

/* Ours comes first; a second of its algorithm is that of another, who found
 * the same. */
static void read_other(struct mun_premis_reader *rd, const xmlNode *at,
		       const char *name, const char *hex,
		       const char *originator, struct mun_rec_file *f)
{
	struct mun_digests again = { 0 };
	enum mun_digest_alg alg;
	struct mun_err why;

	read_digest(rd, at, name, hex, &again);
	if (rd->rc || mun_digest_from_name(name, &alg, &why))
		return;
	if (f->digest_originator[alg])
		mun_premis_rd_fail(rd, at, "given twice:", name);
	else if (!mun_digest_equal(&again.of[alg], &f->digests.of[alg]))
		mun_premis_rd_fail(rd, at,
				   "differs from the one before:", name);
	else
		f->digest_originator[alg] = originator;
}

static void read_fixity(struct mun_premis_reader *rd,
			struct mun_premis_cursor *c, struct mun_rec_file *f)
{
	while (!rd->rc && mun_premis_rd_at(c, "fixity")) {
		const xmlNode *at = c->at;
		struct mun_premis_cursor in;
		const char *name;
		const char *hex;
		const char *by;

		mun_premis_rd_enter(&in, mun_premis_rd_take(rd, c, "fixity"));
		name = mun_premis_rd_text(rd, &in, "messageDigestAlgorithm");
		hex = mun_premis_rd_text(rd, &in, "messageDigest");
		by = mun_premis_rd_maybe(rd, &in, "messageDigestOriginator");
		mun_premis_rd_end(rd, &in);
		if (mun_premis_is_ours(by))
			read_digest(rd, at, name, hex, &f->digests);
		else
			read_other(rd, at, name, hex, by, f);
	}
}

static void read_registry(struct mun_premis_reader *rd,
			  struct mun_premis_cursor *c, struct mun_rec_file *f)
{
	const xmlNode *at = c->at;
	struct mun_premis_cursor in;
	const char *registry;
	const char *key;

	if (!mun_premis_rd_at(c, "formatRegistry"))
		return;
	mun_premis_rd_enter(&in, mun_premis_rd_take(rd, c, "formatRegistry"));
	registry = mun_premis_rd_text(rd, &in, "formatRegistryName");
	key = mun_premis_rd_text(rd, &in, "formatRegistryKey");
	mun_premis_rd_end(rd, &in);
	if (strcmp(registry, MUN_REGISTRY_PRONOM) == 0 && !*f->puid)
		f->puid = key;
	else if (strcmp(registry, MUN_REGISTRY_MIME) == 0 && !*f->mime)
		f->mime = key;
	else
		mun_premis_rd_fail(rd, at, "unknown or second registry",
				   registry);
}

/* The format by name and PRONOM key; then perhaps one with the media type. */
static void read_formats(struct mun_premis_reader *rd,
			 struct mun_premis_cursor *c, struct mun_rec_file *f)
{
	while (!rd->rc && mun_premis_rd_at(c, "format")) {
		const xmlNode *at = c->at;
		struct mun_premis_cursor in;
		struct mun_premis_cursor name;

		mun_premis_rd_enter(&in, mun_premis_rd_take(rd, c, "format"));
		if (mun_premis_rd_at(&in, "formatDesignation")) {
			if (*f->format)
				mun_premis_rd_fail(rd, at,
						   "given twice:", "format");
			mun_premis_rd_enter(
				&name, mun_premis_rd_take(rd, &in,
							  "formatDesignation"));
			f->format = mun_premis_rd_text(rd, &name, "formatName");
			mun_premis_rd_end(rd, &name);
		}
		read_registry(rd, &in, f);
		if (mun_premis_rd_at(&in, "formatNote")) {
			if (*f->format_note)
				mun_premis_rd_fail(
					rd, at, "given twice:", "formatNote");
			f->format_note =
				mun_premis_rd_text(rd, &in, "formatNote");
		}
		mun_premis_rd_end(rd, &in);
	}
}

static void read_run(struct mun_premis_reader *rd, const xmlNode *node)
{
	struct mun_record *r = rd->r;
	const char *off = mun_xml_attr(r->arena, node, NULL, "offset");
	const char *len = mun_xml_attr(r->arena, node, NULL, "len");
	struct mun_rec_range *list;

	if (!mun_xml_is(node, MUN_DFXML_NS, "byte_run") || !off || !len) {
		mun_premis_rd_fail(
			rd, node, "not an unreadable run:", mun_xml_name(node));
		return;
	}
	list = mun_arena_grow(r->arena, r->unreadable, r->nunreadable,
			      sizeof(*list));
	if (!list)
		return;
	r->unreadable = list;
	list += r->nunreadable++;
	list->off = mun_premis_rd_number(rd, node, off, UINT64_MAX);
	list->bytes = mun_premis_rd_number(rd, node, len, UINT64_MAX);
}

/* Down to the only element of that name in @parent; NULL where it is not. */
static xmlNode *down(xmlNode *parent, const char *name)
{
	xmlNode *in = parent ? mun_xml_element(parent->children) : NULL;

	return mun_xml_is(in, MUN_DFXML_NS, name) ? in : NULL;
}

static void read_unreadable(struct mun_premis_reader *rd,
			    struct mun_premis_cursor *c)
{
	xmlNode *ext;
	xmlNode *runs;

	if (!mun_premis_rd_at(c, "objectCharacteristicsExtension"))
		return;
	ext = mun_premis_rd_take(rd, c, "objectCharacteristicsExtension");
	runs = down(down(down(ext, "dfxml"), "diskimageobject"), "byte_runs");
	if (!runs || rd->r->nunreadable) {
		if (ext)
			mun_premis_rd_fail(rd, ext, "not written by muniment:",
					   "extension");
		return;
	}
	for (xmlNode *run = mun_xml_element(runs->children); run && !rd->rc;
	     run = mun_xml_element(run->next))
		read_run(rd, run);
}

static void read_characteristics(struct mun_premis_reader *rd,
				 struct mun_premis_cursor *c,
				 struct mun_rec_file *f)
{
	const xmlNode *at = c->at ? c->at : c->parent;
	struct mun_premis_cursor in;
	const char *size;

	mun_premis_rd_enter(&in,
			    mun_premis_rd_take(rd, c, "objectCharacteristics"));
	mun_premis_rd_skip(&in, "compositionLevel");
	read_fixity(rd, &in, f);
	size = mun_premis_rd_text(rd, &in, "size");
	f->bytes = mun_premis_rd_number(rd, at, size, INT64_MAX);
	read_formats(rd, &in, f);
	mun_premis_rd_skip(&in, "creatingApplication");
	read_unreadable(rd, &in);
	mun_premis_rd_end(rd, &in);
}

static void read_path(struct mun_premis_reader *rd, struct mun_premis_cursor *c,
		      struct mun_rec_file *f)
{
	const xmlNode *at = c->at ? c->at : c->parent;
	struct mun_premis_cursor storage;
	struct mun_premis_cursor in;
	const char *type;

	mun_premis_rd_enter(&storage, mun_premis_rd_take(rd, c, "storage"));
	mun_premis_rd_enter(
		&in, mun_premis_rd_take(rd, &storage, "contentLocation"));
	type = mun_premis_rd_text(rd, &in, "contentLocationType");
	f->path = mun_premis_rd_text(rd, &in, "contentLocationValue");
	mun_premis_rd_end(rd, &in);
	mun_premis_rd_end(rd, &storage);
	if (strcmp(type, MUN_LOCATION_TYPE) != 0 || !*f->path)
		mun_premis_rd_fail(rd, at, "not a path in the object:", type);
}

static void read_tree(struct mun_premis_reader *rd, const xmlNode *at,
		      const char *root, struct mun_rec_file *f)
{
	if (!*root)
		return;
	if (!mun_unhex(root, f->tree.root, sizeof(f->tree.root)))
		mun_premis_rd_fail(rd, at,
				   "not the root of a hash tree:", root);
	f->tree.bytes = f->bytes;
	f->tree.npieces = mun_tree_npieces(f->bytes);
}

static void read_file_props(struct mun_premis_reader *rd,
			    struct mun_premis_cursor *c, struct mun_rec_file *f,
			    const char **root_out)
{
	while (!rd->rc && mun_premis_rd_at(c, "significantProperties")) {
		const xmlNode *at = c->at;
		const char *value;
		const char *type = read_prop(rd, c, &value);

		if (strcmp(type, MUN_PROP_ROLE) == 0 && !*f->role)
			f->role = value;
		else if (strcmp(type, MUN_PROP_TREE) == 0 && !**root_out)
			*root_out = value;
		else
			mun_premis_rd_fail(rd, at, "unknown or second property",
					   type);
	}
}

static void read_file(struct mun_premis_reader *rd, struct mun_premis_cursor *c)
{
	const xmlNode *at = c->parent;
	struct mun_rec_file *f = mun_record_add_file(rd->r);
	const char *root = "";

	if (!f)
		return;
	f->id = mun_premis_rd_uuid(rd, c, "objectIdentifier", NULL);
	read_file_props(rd, c, f, &root);
	if (strcmp(f->role, MUN_ROLE_ELSEWHERE) == 0) {
		/* Only so that a link leads somewhere: not a file of ours. */
		rd->r->nfiles--;
		return;
	}
	read_characteristics(rd, c, f);
	f->original_name = mun_premis_rd_maybe(rd, c, "originalName");
	read_path(rd, c, f);
	mun_premis_rd_skip(c, "relationship");
	mun_premis_rd_end(rd, c);
	read_tree(rd, at, root, f);
	if (!*f->role)
		mun_premis_rd_fail(rd, at, "a file without", MUN_PROP_ROLE);
}

/* A drive: the agent of the same id says the same. */
static bool is_environment(const struct mun_premis_cursor *c)
{
	for (const xmlNode *n = c->at; n; n = n->next)
		if (mun_xml_is(n, MUN_PREMIS_NS, "environmentFunction"))
			return true;
	return false;
}

void mun_premis_rd_object(struct mun_premis_reader *rd, xmlNode *node)
{
	const char *type = mun_xml_attr(rd->r->arena, node, MUN_XSI_NS, "type");
	struct mun_premis_cursor c;
	struct mun_premis_pair id;

	if (rd->rc || !node)
		return;
	mun_premis_rd_enter(&c, node);
	type = type ? type : "";
	if (strcmp(type, "premis:file") == 0) {
		read_file(rd, &c);
		return;
	}
	if (strcmp(type, "premis:intellectualEntity") == 0) {
		if (is_environment(&c))
			return;
		if (*rd->r->id)
			mun_premis_rd_fail(rd, node, "a second", type);
		read_entity(rd, &c);
		return;
	}
	mun_premis_rd_id(rd, &c, "objectIdentifier", &id);
	if (mun_premis_rd_is_part(rd, &id, MUN_PREMIS_CARRIER))
		read_carrier(rd, &c);
	else if (mun_premis_rd_is_part(rd, &id, MUN_PREMIS_REPRESENTATION))
		read_representation(rd, &c);
	else
		mun_premis_rd_fail(rd, node, "not written by muniment: object",
				   id.value);
}

void mun_premis_rd_finish_objects(struct mun_premis_reader *rd,
				  const xmlNode *root)
{
	const struct mun_rec_file *master = mun_record_master(rd->r);

	if (!rd->rc && !rd->representation)
		mun_premis_rd_fail(rd, root, "no", "representation");
	if (!rd->content_same || rd->rc)
		return;
	for (int a = 0; a < MUN_DIGEST_N; a++)
		if (rd->r->content.of[a].len)
			mun_premis_rd_fail(rd, root, "given twice:",
					   MUN_PROP_CONTENT_SAME);
	if (master)
		rd->r->content = master->digests;
	else
		mun_premis_rd_fail(rd, root, "digests are said to be",
				   MUN_PROP_CONTENT_SAME_VALUE);
}
