/* SPDX-License-Identifier: Apache-2.0 */
/* image/fsdir.c - what finders make of a boot sector and a root directory */
#include "image/fsdir.h"

#include <string.h>
#include <strings.h>

static void set(struct mun_contents_volume *v, enum mun_boots boots)
{
	v->boots = boots;
}

/* Loaders that hold all that they need in their own sectors, or find it. */
static bool finds_its_own(const struct mun_contents *c,
			  const struct mun_contents_volume *v,
			  const char *loader)
{
	return strcmp(loader, "GRUB") == 0 ||
	       mun_contents_mark(c, v, "linux-system") ||
	       mun_contents_mark(c, v, "unix-system") ||
	       mun_contents_mark(c, v, "beos-system");
}

static void judge_file(struct mun_contents_volume *v,
		       const struct mun_bootcode *code,
		       const struct mun_fs_names *names)
{
	bool there = mun_fs_names_has(names, code->loads);

	set(v, there ? MUN_BOOTS_YES : MUN_BOOTS_CODE);
	mun_contents_text(v->boot_text, sizeof(v->boot_text),
			  "code%s that loads %s, which is %s the root",
			  code->is_signed ? " and 55AA," : "", code->loads,
			  there ? "in" : "not in");
}

void mun_fs_pc_boot(const struct mun_contents *c, struct mun_contents_volume *v,
		    const struct mun_bootcode *code,
		    const struct mun_fs_names *names)
{
	const char *is_signed = code->is_signed ? " and 55AA" : "";

	if (code->boots == MUN_BOOTS_NO) {
		mun_contents_text(v->boot_text, sizeof(v->boot_text),
				  "no code in the boot sector");
		return;
	}
	if (code->boots == MUN_BOOTS_DATA) {
		set(v, MUN_BOOTS_DATA);
		mun_contents_text(
			v->boot_text, sizeof(v->boot_text),
			"the boot sector is a formatter's, and starts "
			"no system");
		return;
	}
	if (code->loads) {
		judge_file(v, code, names);
		return;
	}
	if (code->loader) {
		set(v, finds_its_own(c, v, code->loader) ? MUN_BOOTS_YES
							 : MUN_BOOTS_CODE);
		mun_contents_text(v->boot_text, sizeof(v->boot_text),
				  "code%s of %s in the boot sector", is_signed,
				  code->loader);
		return;
	}
	set(v, MUN_BOOTS_CODE);
	mun_contents_text(v->boot_text, sizeof(v->boot_text),
			  "code%s in the boot sector, of what is not known",
			  is_signed);
}

bool mun_fs_is_efi_loader(const char *name)
{
	size_t len = strlen(name);

	return len > 8 && strncasecmp(name, "BOOT", 4) == 0 &&
	       strcasecmp(name + len - 4, ".EFI") == 0;
}

void mun_fs_efi_boot(struct mun_contents *c, struct mun_contents_volume *v,
		     const char *loader)
{
	mun_contents_add_mark(c, v, "efi-loader", "EFI/BOOT/%s", loader);
	if (v->boots == MUN_BOOTS_YES)
		return;
	set(v, MUN_BOOTS_YES);
	mun_contents_text(v->boot_text, sizeof(v->boot_text),
			  "an EFI loader, EFI/BOOT/%s", loader);
}
