/* SPDX-License-Identifier: Apache-2.0 */
/* core/attr.h - attributes and scope-bound cleanup */
#ifndef MUN_CORE_ATTR_H
#define MUN_CORE_ATTR_H

#include <stdlib.h>
#include <unistd.h>

#define MUN_CHECK __attribute__((warn_unused_result))
#define MUN_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/*
 * mun_auto(x) declares a struct mun_x that mun_x_freep() frees when it leaves
 * scope.  Hand it over with mun_steal().  A function that uses it has no goto.
 */
#define mun_auto(name) \
	__attribute__((cleanup(mun_##name##_freep))) struct mun_##name

#define mun_autofree __attribute__((cleanup(mun_freep)))
#define mun_autoclose __attribute__((cleanup(mun_closep)))

/* Take *@pp out of the reach of its cleanup. */
#define mun_steal(pp) \
	__extension__({ \
		__typeof__(*(pp)) stolen_ = *(pp); \
		*(pp) = NULL; \
		stolen_; \
	})

/* One line per type: the cleanup function that mun_auto() names. */
#define MUN_DEFINE_FREEP(name, fn) \
	static inline void mun_##name##_freep(struct mun_##name **p) \
	{ \
		fn(*p); \
	} \
	struct mun_##name

static inline void mun_freep(void *p)
{
	free(*(void **)p);
}

/* For descriptors that were only read: a written file is closed by hand. */
static inline void mun_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

#endif
