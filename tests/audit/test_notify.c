/* SPDX-License-Identifier: Apache-2.0 */
/* tests/audit/test_notify.c - each thing is told once, and no audit fails of it */
#include "audit/notify.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/query.h"
#include "core/json.h"
#include "core/log.h"
#include "core/str.h"
#include "tests/audit/report_world.h"
#include "tests/support/support.h"

struct fixture {
	struct world w;
	struct mun_conf *conf;
	struct mun_custodian k;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	world_new(&f->w);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mun_cancel_reset();
	mun_conf_free(f->conf);
	world_free(&f->w);
	free(f);
	return 0;
}

/* In @lines, '@' stands for @arg.  Messages go into the folder "told", one file each, named by their event, with
 * the environment beside them. */
static void configure(struct fixture *f, const char *lines, const char *arg)
{
	char *path = mun_test_path(f->w.dir, "notify.conf");
	char *told = mun_test_path(f->w.dir, "told");
	struct mun_str text = { 0 };
	struct mun_err e;
	char why[1024];

	(void)mkdir(told, 0755);
	mun_str_add(&text, "[repository]\nname = Museum\nevery = 90d\n");
	for (; *lines; lines++) {
		if (*lines == '@')
			mun_str_add(&text, arg);
		else
			mun_str_add_char(&text, *lines);
	}
	mun_str_add_char(&text, '\n');
	mun_test_write(path, text.text, text.len);
	mun_conf_free(f->conf);
	f->conf = NULL;
	if (mun_conf_load(path, &f->conf, &e))
		fail_msg("%s", mun_err_text(&e, why, sizeof(why), 0));
	f->k = (struct mun_custodian){
		.spool = f->w.dir,
		.conf = f->conf,
		.catalog = f->w.c,
		.program_version = "0.1-test",
	};
	mun_str_free(&text);
	free(told);
	free(path);
}

static const char keep_all[] =
	"notify-command = cd @/told && cat > $MUNIMENT_EVENT.json && echo x "
	">> $MUNIMENT_EVENT.n && echo \"$MUNIMENT_STORE\" > "
	"$MUNIMENT_EVENT.store";

static void run(struct fixture *f, const struct mun_run_result *r, size_t n)
{
	struct mun_err e;
	char why[2048];

	if (mun_notify_runs(&f->k, r, n, &e))
		fail_msg("%s", mun_err_text(&e, why, sizeof(why), 1));
}

/* How often the event was told so far. */
static size_t told(const struct fixture *f, const char *event)
{
	char name[64];
	size_t len = 0;
	char *path;
	char *text;

	(void)snprintf(name, sizeof(name), "told/%s.n", event);
	path = mun_test_path(f->w.dir, name);
	text = mun_test_read(path, &len);
	free(path);
	free(text);
	return text ? len / 2 : 0;
}

static json_t *message(const struct fixture *f, const char *event)
{
	struct mun_err e;
	char name[64];
	char *path;
	char *text;
	json_t *j;

	(void)snprintf(name, sizeof(name), "told/%s.json", event);
	path = mun_test_path(f->w.dir, name);
	text = mun_test_read(path, NULL);
	assert_non_null(text);
	assert_int_equal(mun_json_parse(text, strlen(text), &j, &e), 0);
	assert_string_equal(json_string_value(json_object_get(j, "event")),
			    event);
	free(path);
	free(text);
	return j;
}

/* One number of a query. */
static int64_t ask(const struct fixture *f, const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(f->w.c->db, sql, -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return n;
}

static const struct mun_run_result fine = { .store = "main",
					    .state = MUN_RUN_DONE };

static void nothing_configured_nothing_told(void **state)
{
	struct fixture *f = *state;
	int64_t before = ask(f, "SELECT count(*) FROM notice");

	configure(f, "", "");
	run(f, &fine, 1);
	assert_int_equal(ask(f, "SELECT count(*) FROM notice"), before);
}

/* Object 8's was never delivered, the store's never told, the first was. */
static void new_incidents_are_told_once_in_one_message(void **state)
{
	struct fixture *f = *state;
	json_t *j;

	configure(f, keep_all, f->w.dir);
	run(f, &fine, 1);
	assert_int_equal(told(f, "incident"), 1);
	j = message(f, "incident");
	assert_int_equal(
		json_integer_value(json_object_get(j, "incidents_total")), 2);
	assert_int_equal(json_array_size(json_object_get(j, "incidents")), 2);
	assert_string_equal(json_string_value(json_object_get(j, "text")),
			    "2 new incidents");
	assert_string_equal(json_string_value(json_object_get(j, "name")),
			    "Museum");
	json_decref(j);
	assert_int_equal(ask(f, "SELECT count(*) FROM notice WHERE "
				"what = 'incident' AND delivered = 1 AND "
				"channel = 'command'"),
			 3);
	run(f, &fine, 1);
	assert_int_equal(told(f, "incident"), 1);
}

static void
a_store_that_is_away_is_told_once_and_again_after_it_was_back(void **state)
{
	const struct mun_run_result away = { .store = "tape",
					     .state = MUN_RUN_AWAY,
					     .why = "no marker" };
	struct mun_run_result other = away;
	const struct mun_run_result back = { .store = "tape",
					     .state = MUN_RUN_DONE };
	const struct mun_run_result busy = { .store = "tape",
					     .state = MUN_RUN_BUSY };
	struct fixture *f = *state;

	configure(f, keep_all, f->w.dir);
	run(f, &away, 1);
	assert_int_equal(told(f, "store-away"), 1);
	run(f, &away, 1);
	(void)snprintf(other.why, sizeof(other.why), "other words");
	run(f, &other, 1);
	/* That says nothing of the store. */
	run(f, &busy, 1);
	run(f, &away, 1);
	assert_int_equal(told(f, "store-away"), 1);
	/* Another state is news. */
	other.state = MUN_RUN_FAULT;
	run(f, &other, 1);
	assert_int_equal(told(f, "store-away"), 2);
	run(f, &back, 1);
	run(f, &back, 1);
	assert_int_equal(told(f, "store-away"), 2);
	run(f, &away, 1);
	assert_int_equal(told(f, "store-away"), 3);
	assert_int_equal(ask(f, "SELECT count(*) FROM notice WHERE "
				"what = 'store-away/tape' AND text = 'over'"),
			 1);
}

/* 9 and 10 are 164 days late; at twice that it is told again. */
static void lateness_is_told_once_and_when_it_has_doubled(void **state)
{
	struct fixture *f = *state;
	json_t *j;

	configure(f, keep_all, f->w.dir);
	run(f, &fine, 1);
	assert_int_equal(told(f, "late"), 1);
	j = message(f, "late");
	assert_string_equal(json_string_value(json_object_get(j, "store")),
			    "main");
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(j, "late"), "overdue")),
			 2);
	json_decref(j);
	run(f, &fine, 1);
	world_now("2027-02-01T00:00:00Z");
	run(f, &fine, 1);
	/* By now tape is late too, which is a thing of its own. */
	assert_int_equal(told(f, "late"), 2);
	world_now("2027-04-01T00:00:00Z");
	run(f, &fine, 1);
	assert_in_range(told(f, "late"), 3, 4);
}

static void success_is_told_only_where_it_is_asked_for(void **state)
{
	struct fixture *f = *state;
	char text[2048];

	configure(f, keep_all, f->w.dir);
	run(f, &fine, 1);
	assert_int_equal(told(f, "success"), 0);
	assert_int_equal(told(f, "problems"), 0);
	(void)snprintf(text, sizeof(text), "notify-on = success\n%s", keep_all);
	configure(f, text, f->w.dir);
	run(f, &fine, 1);
	run(f, &fine, 1);
	assert_int_equal(told(f, "success"), 2);
}

static void a_run_with_damage_is_told_with_its_counts(void **state)
{
	struct mun_run_result bad = { .store = "main", .state = MUN_RUN_DONE };
	struct fixture *f = *state;
	json_t *j;

	bad.sum.outcomes[MUN_OUTCOME_MISMATCH] = 3;
	bad.sweep_found = 1;
	configure(f, keep_all, f->w.dir);
	run(f, &bad, 1);
	assert_int_equal(told(f, "problems"), 1);
	j = message(f, "problems");
	assert_int_equal(
		json_integer_value(json_object_get(
			json_object_get(json_object_get(j, "run"), "outcomes"),
			"mismatch")),
		3);
	assert_string_equal(json_string_value(json_object_get(j, "text")),
			    "the audit of store 'main' (done): 3 files not "
			    "intact, 1 findings of existence and size");
	json_decref(j);
}

static void a_command_that_fails_is_a_fact_and_no_error(void **state)
{
	struct fixture *f = *state;

	configure(f, "notify-command = echo no mailer >&2; exit 3", "");
	run(f, &fine, 1);
	assert_int_equal(ask(f, "SELECT count(*) FROM notice WHERE "
				"delivered = 0 AND channel = 'command' AND "
				"text LIKE '%no mailer%'"),
			 3);
	/* It is tried again; ten times at most. */
	run(f, &fine, 1);
	assert_int_equal(ask(f, "SELECT count(*) FROM notice WHERE "
				"what = 'incident' AND channel = 'command' "
				"AND delivered = 0"),
			 4);
	for (int i = 0; i < 20; i++)
		run(f, &fine, 1);
	assert_int_equal(ask(f, "SELECT max(n) FROM (SELECT count(*) AS n "
				"FROM notice WHERE what = 'incident' GROUP BY "
				"incident)"),
			 10);
}

/* Whoever stopped us is there; the next run tells. */
static void nothing_is_told_while_being_stopped(void **state)
{
	struct fixture *f = *state;
	int64_t before = ask(f, "SELECT count(*) FROM notice");

	configure(f, keep_all, f->w.dir);
	mun_cancel();
	run(f, &fine, 1);
	mun_cancel_reset();
	assert_int_equal(ask(f, "SELECT count(*) FROM notice"), before);
	run(f, &fine, 1);
	assert_int_equal(told(f, "incident"), 1);
}

/* A web server that answers each request with @answer, @n times. */
struct server {
	pthread_t thread;
	int fd;
	unsigned short port;
	const char *answer;
	unsigned int n;
	char got[16384];
};

static void *serve(void *arg)
{
	struct server *s = arg;

	for (unsigned int i = 0; i < s->n; i++) {
		int c = accept(s->fd, NULL, NULL);
		size_t len = 0;
		ssize_t n;

		if (c < 0)
			break;
		/* The messages here end with the brace in the first column. */
		do {
			n = read(c, s->got + len, sizeof(s->got) - 1 - len);
			len += n > 0 ? (size_t)n : 0;
			s->got[len] = '\0';
		} while (n > 0 && !strstr(s->got, "\n}\n"));
		if (write(c, s->answer, strlen(s->answer)) < 0)
			s->got[0] = '\0';
		(void)close(c);
	}
	return NULL;
}

static void start(struct server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 4), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	(void)close(s->fd);
}

static void a_webhook_is_posted_json(void **state)
{
	struct server s = { .answer = "HTTP/1.1 204 No Content\r\n"
				      "Connection: close\r\n\r\n",
			    .n = 1 };
	struct fixture *f = *state;
	char port[16];

	start(&s);
	(void)snprintf(port, sizeof(port), "%u", s.port);
	configure(f, "webhook = http://127.0.0.1:@/hook\nnotify-on = incident",
		  port);
	run(f, &fine, 1);
	stop(&s);
	assert_memory_equal(s.got, "POST /hook HTTP/1.1\r\n", 21);
	assert_non_null(strstr(s.got, "application/json"));
	assert_non_null(strstr(s.got, "\"event\": \"incident\""));
	assert_int_equal(ask(f, "SELECT count(*) FROM notice WHERE "
				"delivered = 1 AND channel = 'webhook'"),
			 2);
}

static void a_webhook_that_says_no_never_fails_the_audit(void **state)
{
	struct server s = { .answer = "HTTP/1.1 500 Oh no\r\n"
				      "Connection: close\r\n\r\n",
			    .n = 1 };
	struct fixture *f = *state;
	char port[16];

	start(&s);
	(void)snprintf(port, sizeof(port), "%u", s.port);
	configure(f, "webhook = http://127.0.0.1:@/hook\nnotify-on = incident",
		  port);
	run(f, &fine, 1);
	stop(&s);
	assert_int_equal(ask(f, "SELECT count(*) FROM notice WHERE "
				"delivered = 0 AND channel = 'webhook' AND "
				"text LIKE '%500%'"),
			 2);
}

static void the_list_of_events_is_checked(void **state)
{
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_notify_check_list("incident,success", &e), 0);
	assert_int_equal(mun_notify_check_list("", &e), 0);
	assert_int_equal(mun_notify_check_list("incidents", &e), MUN_EINVAL);
	assert_int_equal(mun_notify_check_list("test", &e), MUN_EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_configured_nothing_told),
		TEST(new_incidents_are_told_once_in_one_message),
		TEST(a_store_that_is_away_is_told_once_and_again_after_it_was_back),
		TEST(lateness_is_told_once_and_when_it_has_doubled),
		TEST(success_is_told_only_where_it_is_asked_for),
		TEST(a_run_with_damage_is_told_with_its_counts),
		TEST(a_command_that_fails_is_a_fact_and_no_error),
		TEST(nothing_is_told_while_being_stopped),
		TEST(a_webhook_is_posted_json),
		TEST(a_webhook_that_says_no_never_fails_the_audit),
		cmocka_unit_test(the_list_of_events_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
