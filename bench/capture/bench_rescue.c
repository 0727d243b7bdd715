/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/capture/bench_rescue.c - the rescue alone, without a session around it
 *
 *	bench_rescue SOURCE IMAGE MAPFILE [--direct]
 *
 * SOURCE is a file or a block device, read with pread() as it is; what comes is
 * written to IMAGE ("-": nowhere), and the map to MAPFILE at the end.  Prints
 * "stop good bad reads failed".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/str.h"
#include "medium/rescue.h"

struct plain {
	struct mun_reader reader;
	int fd;
	int image;
};

static int plain_read(struct mun_reader *r, void *buf, size_t len, uint64_t off,
		      struct mun_read_reply *reply, struct mun_err *e)
{
	struct plain *p = (struct plain *)r;
	ssize_t n = pread(p->fd, buf, len, (off_t)off);

	(void)e;
	reply->sys = n < 0 ? errno : 0;
	reply->end = n == (ssize_t)len ? MUN_REPLY_ALL : MUN_REPLY_FAILED;
	return 0;
}

static int plain_write(void *ctx, const void *data, size_t len, uint64_t off,
		       const uint8_t *states, struct mun_err *e)
{
	struct plain *p = ctx;

	(void)states;
	if (p->image < 0)
		return 0;
	if (pwrite(p->image, data, len, (off_t)off) != (ssize_t)len)
		return mun_fail_sys(e, errno, "write the image");
	return 0;
}

static const struct mun_reader_ops plain_ops = { .read = plain_read };

static int save(const struct mun_readmap *map, const char *path,
		struct mun_err *e)
{
	struct mun_str text = { 0 };
	int rc = mun_readmap_write(map, NULL, &text, e);
	FILE *f = rc ? NULL : fopen(path, "w");

	if (!rc && (!f || fwrite(text.text, text.len, 1, f) != 1 || fclose(f)))
		rc = mun_fail_sys(e, errno, "write '%s'", path);
	mun_str_free(&text);
	return rc;
}

static int rescue(struct plain *p, const char *map_path, struct mun_err *e)
{
	struct mun_readmap map;
	struct mun_rescue r = {
		.reader = &p->reader,
		.map = &map,
		.write = plain_write,
		.ctx = p,
	};
	int rc = mun_readmap_init(&map, p->reader.bytes, e);

	if (!rc)
		rc = mun_rescue_run(&r, e);
	if (!rc)
		rc = save(&map, map_path, e);
	if (!rc)
		(void)printf("%d %llu %llu %llu %llu\n", (int)r.stop,
			     (unsigned long long)mun_readmap_bytes(
				     &map, MUN_READ_GOOD),
			     (unsigned long long)mun_readmap_bytes(
				     &map, MUN_READ_BAD),
			     (unsigned long long)r.stats.reads,
			     (unsigned long long)r.stats.failed_reads);
	mun_readmap_clear(&map);
	return rc;
}

int main(int argc, char **argv)
{
	struct plain p = {
		.reader = { .ops = &plain_ops,
			    .sector_bytes = 512,
			    .max_bytes = 1 << 20,
			    .align = 4096 },
	};
	struct mun_err e;
	char text[1024];
	int direct = argc == 5 && !strcmp(argv[4], "--direct") ? O_DIRECT : 0;

	if (argc < 4) {
		(void)fprintf(stderr, "usage: bench_rescue SOURCE IMAGE "
				      "MAPFILE [--direct]\n");
		return 64;
	}
	p.fd = open(argv[1], O_RDONLY | O_CLOEXEC | direct);
	p.image = -1;
	if (strcmp(argv[2], "-") != 0)
		p.image = open(argv[2],
			       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (p.fd < 0 || (p.image < 0 && strcmp(argv[2], "-") != 0)) {
		perror("bench_rescue");
		return 2;
	}
	p.reader.bytes = (uint64_t)lseek(p.fd, 0, SEEK_END);
	if ((p.image >= 0 && ftruncate(p.image, (off_t)p.reader.bytes)) ||
	    rescue(&p, argv[3], &e)) {
		(void)fprintf(stderr, "bench_rescue: %s\n",
			      mun_err_text(&e, text, sizeof(text), 0));
		return 2;
	}
	return 0;
}
