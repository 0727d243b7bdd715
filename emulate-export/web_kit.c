/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/web_kit.c - packages that run in a browser */
#include "emulate-export/web_kit.h"

#include <stdio.h>
#include <string.h>

#include "core/embed.h"
#include "core/jsonw.h"
#include "emulate-export/target_pc.h"

/* What lies in web/ of our sources. */
extern const struct mun_embedded mun_web_files[];

static const struct mun_embedded *embedded(const char *name)
{
	const struct mun_embedded *f = mun_web_files;

	while (strcmp(f->name, name) != 0)
		f++;
	return f;
}

int mun_web_embedded(struct mun_kit *k, const char *path, mode_t mode,
		     const char *name, struct mun_err *e)
{
	const struct mun_embedded *f = embedded(name);
	struct mun_str *o = NULL;
	int rc = mun_kit_file(k, path, mode, &o, e);

	if (!rc)
		mun_str_add_bytes(o, f->bytes, f->len);
	return rc;
}

/* The page may load and reach nothing but where it came from: an emulator that
 * would fetch what is missing from elsewhere fails, and says so. */
static void index_html(const struct mun_web_page *page, struct mun_str *o)
{
	mun_str_addf(
		o,
		"<!DOCTYPE html>\n"
		"<html lang=\"en\">\n"
		"<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'self' 'unsafe-inline' 'unsafe-eval' "
		"blob: data:\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<title>%s</title>\n"
		"<style>body { background: #222; color: #ddd; "
		"font-family: sans-serif }</style>\n"
		"%s"
		"</head>\n"
		"<body>\n"
		"<p id=\"message\" role=\"status\"></p>\n"
		"%s"
		"<noscript><p>The emulator is a program for browsers: it needs "
		"JavaScript.</p></noscript>\n"
		"<script src=\"start.js\"></script>\n"
		"</body>\n"
		"</html>\n",
		page->title, page->head, page->body);
}

static int add_script(struct mun_kit *k, const struct mun_web_page *page,
		      struct mun_err *e)
{
	struct mun_str what = { 0 };
	struct mun_str comment = { 0 };
	struct mun_str sh = { 0 };
	struct mun_str bat = { 0 };
	struct mun_script script = {
		.title = "Python 3",
		.variable = "PYTHON",
		.programs = "python3",
		.debian = "python3",
		.homepage = "https://www.python.org/downloads/",
		.windows_program = "python.exe",
	};
	int rc = 0;

	mun_str_addf(&what, "the folder of the npm package %s (npm install %s)",
		     page->package, page->npm);
	mun_str_addf(&comment,
		     "# The page is shown by a server of this computer alone "
		     "(127.0.0.1); the\n"
		     "# emulator is the npm package %s, which is not in this "
		     "package:\n"
		     "#\n"
		     "#   npm install %s\n"
		     "#   %s=node_modules/%s ./run\n"
		     "#   ./run --no-browser --port 8080\n",
		     page->package, page->npm, page->variable, page->package);
	mun_str_addf(&sh,
		     "%sexec \"$program\" config/serve.py "
		     "--emulator \"$%s\" \"$@\"\n",
		     page->bios ? "if [ -n \"$SEABIOS\" ]; then\n"
				  "\tset -- --bios \"$SEABIOS\" \"$@\"\n"
				  "fi\n"
				: "",
		     page->variable);
	mun_str_addf(&bat,
		     "\"%%program%%\" \"config\\serve.py\" --emulator "
		     "\"%%%s%%\"%s %%*\n",
		     page->variable, page->bios ? " --bios \"%SEABIOS%\"" : "");
	if (what.failed || comment.failed || sh.failed || bat.failed)
		rc = mun_fail_nomem(e, "run script");
	script.comment = comment.text;
	script.sh = sh.text;
	script.bat = bat.text;
	script.needs[0] = (struct mun_script_need){
		.variable = page->variable,
		.file = "web/emulator",
		.what = what.text,
	};
	if (page->bios)
		script.needs[1] = (struct mun_script_need){
			.variable = "SEABIOS",
			.file = "web/bios",
			.what = "the folder of a SeaBIOS (seabios.bin and "
				"vgabios.bin, or Debian's package seabios)",
			.optional = true,
		};
	if (!rc)
		rc = mun_script_add(k, &script, e);
	mun_str_free(&what);
	mun_str_free(&comment);
	mun_str_free(&sh);
	mun_str_free(&bat);
	return rc;
}

int mun_web_add(struct mun_kit *k, const struct mun_web_page *page,
		struct mun_err *e)
{
	struct mun_str *o = NULL;
	int rc = mun_kit_file(k, "web/index.html", 0444, &o, e);

	if (rc)
		return rc;
	index_html(page, o);
	rc = mun_web_embedded(k, "web/start.js", 0444, page->script, e);
	if (!rc)
		rc = mun_web_embedded(k, "config/serve.py", 0555, "serve.py",
				      e);
	return rc ? rc : add_script(k, page, e);
}

static void add_media(struct mun_jsonw *w, const struct mun_plan *p,
		      const char *device)
{
	mun_jsonw_array(w, device);
	for (size_t i = 0; i < p->n; i++) {
		const struct mun_plan_medium *m = &p->media[i];
		char url[128];

		if (strcmp(m->device, device) != 0)
			continue;
		(void)snprintf(url, sizeof(url), "../media/%s", m->name);
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "url", url);
		mun_jsonw_u64(w, "bytes", m->bytes);
		mun_jsonw_text(w, "slot", m->slot);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

int mun_web_config(struct mun_kit *k, const struct mun_target_set *s,
		   const struct mun_plan *p, struct mun_err *e)
{
	struct mun_str *o = NULL;
	struct mun_jsonw w;
	int rc = mun_kit_file(k, "web/config.json", 0444, &o, e);

	if (rc)
		return rc;
	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_u64(&w, "memory",
		      (uint64_t)mun_pc_era(s)->memory * 1024 * 1024);
	mun_jsonw_text(&w, "boot", p->media[0].device);
	add_media(&w, p, "floppy");
	add_media(&w, p, "cdrom");
	add_media(&w, p, "disk");
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	mun_str_add_bytes(o, w.out.text ? w.out.text : "", w.out.len);
	mun_str_free(&w.out);
	return rc;
}
