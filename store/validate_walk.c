/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_walk.c - folders walked without recursion */
#include "store/validate_int.h"

#include <stdlib.h>

#include "core/check.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"

int mun_val_push(struct mun_val_stack *s, const char *dir, const char *name,
		 struct mun_err *e)
{
	char *path;
	int rc;

	if (s->n == s->room) {
		size_t room = MUN_MAX(s->room * 2, (size_t)16);
		void *of = reallocarray(s->of, room, sizeof(*s->of));

		if (!of)
			return mun_fail_nomem(e, "folders");
		s->of = of;
		s->room = room;
	}
	rc = *dir ? mun_path_join(dir, name, &path, e)
		  : mun_strdup(name, &path, e);
	if (!rc)
		s->of[s->n++] = path;
	return rc;
}

void mun_val_stack_clear(struct mun_val_stack *s)
{
	while (s->n)
		free(s->of[--s->n]);
	free(s->of);
	*s = (struct mun_val_stack){ 0 };
}

static int visit(struct mun_val *v, const char *dir,
		 const struct mun_dirent *ent,
		 const struct mun_val_visitor *visitor, struct mun_err *e)
{
	mun_autofree char *rel = NULL;
	int rc;

	rc = mun_path_join(dir, ent->name, &rel, e);
	if (rc)
		return rc;
	if (!mun_val_entry(v, rel, &ent->st) || !S_ISREG(ent->st.st_mode))
		return 0;
	return visitor->file ? visitor->file(visitor->ctx, rel, &ent->st, e)
			     : 0;
}

/* One folder: its files now, its folders onto the stack. */
static int walk_one(struct mun_val *v, const char *path, const char *rel,
		    bool top, struct mun_val_stack *todo,
		    const struct mun_val_visitor *visitor, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *dir = NULL;
	int rc;

	rc = mun_path_join(path, rel, &dir, e);
	if (!rc)
		rc = mun_cancel_check(e);
	if (!rc)
		rc = mun_dirlist_read(dir, &l, e);
	if (rc && !mun_val_is_fatal(rc)) {
		mun_val_unreadable(v, rel, e);
		mun_err_clear(e);
		return 0;
	}
	if (!rc && !l->n && !top && visitor->empty)
		visitor->empty(visitor->ctx, rel);
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = visit(v, rel, &l->of[i], visitor, e);
	/* The last pushed is the first taken: so in reverse. */
	for (size_t i = l ? l->n : 0; !rc && i-- > 0;) {
		if (S_ISDIR(l->of[i].st.st_mode))
			rc = mun_val_push(todo, rel, l->of[i].name, e);
	}
	return rc;
}

int mun_val_walk(struct mun_val *v, const char *path, const char *rel,
		 const struct mun_val_visitor *visitor, struct mun_err *e)
{
	struct mun_val_stack todo = { 0 };
	bool top = true;
	int rc;

	rc = mun_val_push(&todo, "", rel, e);
	while (!rc && todo.n) {
		mun_autofree char *next = todo.of[--todo.n];

		rc = walk_one(v, path, next, top, &todo, visitor, e);
		top = false;
	}
	mun_val_stack_clear(&todo);
	return rc;
}
