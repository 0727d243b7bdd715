/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/web_kit.h - packages that run in a browser
 *
 * The page is data/web/, its emulator an npm package that is not in the package
 * of ours: a small server of this computer alone shows both as one place.  A
 * web server that is there for all has to be given the emulator as
 * web/emulator/.
 */
#ifndef MUN_EXPORT_WEB_KIT_H
#define MUN_EXPORT_WEB_KIT_H

#include "emulate-export/kit.h"
#include "emulate-export/target.h"

struct mun_web_page {
	const char *title; /* "v86" */
	const char *variable; /* names the folder of the npm package: "V86" */
	const char *package; /* "v86" */
	const char *npm; /* all that has to be installed: "v86" */
	const char *head; /* of index.html, HTML; or "" */
	const char *body; /* of index.html, HTML */
	const char *script; /* what becomes web/start.js: a file of web/ of our
			     * sources */
	bool bios; /* it needs SeaBIOS, as web/bios/ */
};

/* web/index.html, web/start.js, config/serve.py, run and run.bat.  0,
 * MUN_EINVAL, MUN_ENOMEM. */
MUN_CHECK int mun_web_add(struct mun_kit *k, const struct mun_web_page *page,
			  struct mun_err *e);

/* @path of the kit is the file @name of web/ of our sources. */
MUN_CHECK int mun_web_embedded(struct mun_kit *k, const char *path, mode_t mode,
			       const char *name, struct mun_err *e);

/* web/config.json: what @p attaches, for the page's script. */
MUN_CHECK int mun_web_config(struct mun_kit *k, const struct mun_target_set *s,
			     const struct mun_plan *p, struct mun_err *e);

#endif
