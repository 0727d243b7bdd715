/* SPDX-License-Identifier: Apache-2.0 */
/* audit/notify_send.h - one message to all channels; for this folder only */
#ifndef MUN_AUDIT_NOTIFY_SEND_H
#define MUN_AUDIT_NOTIFY_SEND_H

#include "audit/notify.h"

struct mun_message {
	enum mun_notify_event event;
	const char *store; /* name, or "" */
	const char *text; /* one line for people */
	const char *json; /* the whole message */
	/* What the catalog keeps: "store-away/tape"; and its text. */
	const char *what;
	const char *kept;
	const char *const *incidents; /* ids, each kept for itself; or NULL */
	size_t nincidents;
};

/**
 * mun_notify_send() - give @m to the command and the webhook, and write it down
 *
 * Return: 0, delivered or not; MUN_EIO, MUN_ECORRUPT (the catalog).
 */
MUN_CHECK int mun_notify_send(const struct mun_custodian *k,
			      const struct mun_message *m, struct mun_err *e);

/* Is anybody to be told of anything? */
bool mun_notify_is_configured(const struct mun_conf *c);

#endif
