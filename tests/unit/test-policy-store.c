/* SPDX-License-Identifier: MIT */
/*
 * Rules about arguments, what becomes of policies when the configuration has changed, and the
 * memory that processes share them in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/attr.h"
#include "policy/narrow.h"
#include "policy/rules.h"
#include "policy/store.h"

enum { FILE_OPEN, PING, THAW };

const struct command commands[] = {
	[FILE_OPEN] = {.name = "guest-file-open"},
	[PING] = {.name = "guest-ping", .flags = CMD_PROFILE_INFO},
	[THAW] = {.name = "guest-thaw", .flags = CMD_PROFILE_BACKUP},
};
const size_t n_commands = ARRAY_SIZE(commands);

/* A line "key value" sets that of [general], "NAME key value" that of a channel; separated by '|'.
 */
static const struct {
	const char    *key;
	enum option_id id;
	size_t         general, channel;
} keys[] = {
#define KEY(text, member)                                                                          \
	{                                                                                          \
		text, OPTION_ID_##member, offsetof(struct options, member),                        \
			offsetof(struct option_channel, member)                                    \
	}
	KEY("allow", allow_rpcs), KEY("block", block_rpcs),       KEY("read", file_read),
	KEY("write", file_write), KEY("programs", exec_programs), KEY("passwords", password_users),
	KEY("ssh", ssh_users),
};

static void set_list(struct options *o, struct option_channel *c, const char *key,
		     const char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		struct option_list *list;

		if (strcmp(keys[i].key, key) != 0)
			continue;
		list = (struct option_list *)(c ? (char *)c + keys[i].channel
						: (char *)o + keys[i].general);
		list->items[list->n++] = value;
		if (c)
			c->set_at[keys[i].id] = 1;
		return;
	}
	fail_msg("there is no key %s", key);
}

static struct option_channel *channel_of(struct options *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->n_channels; i++)
		if (!strcmp(o->channels[i].name, name))
			return &o->channels[i];
	o->channels[o->n_channels] = (struct option_channel){.name = name};
	return &o->channels[o->n_channels++];
}

static void set(struct options *o, struct option_channel *c, const char *key, const char *value)
{
	if (!strcmp(key, "profile")) {
		*(c ? &c->profile : &o->profile) = policy_profile_find(value);
		(c ? c->set_at : o->set_at)[OPTION_ID_profile] = 1;
	} else if (!strcmp(key, "user")) {
		*(c ? &c->exec_user : &o->exec_user) = value;
		(c ? c->set_at : o->set_at)[OPTION_ID_exec_user] = 1;
	} else {
		set_list(o, c, key, value);
	}
}

static void load(struct policies *p, const char *text)
{
	static char    copies[64][256]; /* options point into them */
	static int     next;
	struct options o = {.profile = PROFILE_FULL};
	char          *rest = copies[next++ % 64], *line;
	struct err     err;

	(void)snprintf(rest, sizeof(copies[0]), "%s", text);
	while ((line = strsep(&rest, "|"))) {
		char *key = strsep(&line, " "), *channel = NULL;

		if (*key == '@') {
			channel = key + 1;
			key = strsep(&line, " ");
		}
		if (*key)
			set(&o, channel ? channel_of(&o, channel) : NULL, key, line ? line : "");
		else if (channel)
			(void)channel_of(&o, channel);
	}
	err_init(&err);
	if (policies_load(p, &o, &err) < 0)
		fail_msg("%s: %s", text, err.text);
}

/* --- rules --- */

static void test_paths(void **state)
{
	static const struct {
		const char *rule, *yes, *no;
	} rows[] = {
		{"read /a", "/a /a/b /a/b/c", "/ /ab /b /A"},
		{"read /a/b/,/c", "/a/b /a/b/x /c/d", "/a /a/bc /a/c"},
		{"read /", "/ /a /a/b", NULL},
		{"read ", NULL, "/ /a"},
		{"write /a", "/ /a /b", NULL}, /* another rule */
	};
	static struct policies p;
	size_t                 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char words[256], *rest = words, *path;
		int  yes;

		load(&p, rows[i].rule);
		for (yes = 0; yes < 2; yes++) {
			(void)snprintf(words, sizeof(words), "%s",
				       (yes ? rows[i].yes : rows[i].no)
					       ? (yes ? rows[i].yes : rows[i].no)
					       : "");
			for (rest = words; (path = strsep(&rest, " "));)
				if (*path &&
				    rules_allow_path(&p.of[0], POLICY_FILE_READ, path) != yes)
					fail_msg("%s: %s", rows[i].rule, path);
		}
	}
}

static void test_users(void **state)
{
	static struct policies p;

	(void)state;
	load(&p, "passwords *,!root,!adm*|ssh web?");
	assert_true(rules_allow_user(&p.of[0], POLICY_PASSWORD_USERS, "alice"));
	assert_false(rules_allow_user(&p.of[0], POLICY_PASSWORD_USERS, "root"));
	assert_false(rules_allow_user(&p.of[0], POLICY_PASSWORD_USERS, "admin"));
	assert_true(rules_allow_user(&p.of[0], POLICY_SSH_USERS, "web1"));
	assert_false(rules_allow_user(&p.of[0], POLICY_SSH_USERS, "web12"));
	assert_false(rules_allow_user(&p.of[0], POLICY_SSH_USERS, ""));
	load(&p, "ssh !root"); /* nothing is said of anybody else */
	assert_false(rules_allow_user(&p.of[0], POLICY_SSH_USERS, "alice"));
	assert_true(rules_allow_user(&p.of[0], POLICY_PASSWORD_USERS, "root"));
	assert_null(rules_exec_user(&p.of[0]));
	load(&p, "user alice|@c user bob");
	assert_string_equal(rules_exec_user(&p.of[0]), "alice");
	assert_string_equal(rules_exec_user(&p.of[1]), "bob");
}

static void test_variables(void **state)
{
	static const char *const harmless[] = {"LANG=C", "LC_ALL=", "LC_=x", "TZ=UTC", "TERM"},
				 *const others[] = {"PATH=/", "LD_PRELOAD=x", "LANGX=1", "",
						    "=",      "A=LANG",       "lang=C"};
	static struct policies          p;
	size_t                          i;

	(void)state;
	load(&p, "programs /bin");
	for (i = 0; i < ARRAY_SIZE(harmless); i++)
		assert_true(rules_allow_variable(&p.of[0], harmless[i]));
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(rules_allow_variable(&p.of[0], others[i]));
	load(&p, "");
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_true(rules_allow_variable(&p.of[0], others[i]));
}

static void test_groups_replace(void **state)
{
	static struct policies p;
	char                   why[RULE_TEXT_MAX];

	(void)state;
	load(&p, "read /a|write /w|@c read /b");
	assert_true(rules_allow_path(&p.of[0], POLICY_FILE_READ, "/a"));
	assert_false(rules_allow_path(&p.of[1], POLICY_FILE_READ, "/a"));
	assert_true(rules_allow_path(&p.of[1], POLICY_FILE_READ, "/b/c"));
	assert_false(rules_allow_path(&p.of[1], POLICY_FILE_WRITE, "/b"));
	rules_describe(&p.of[1], POLICY_FILE_READ, why);
	assert_string_equal(why, "not allowed by file-read in [channel c]");
	rules_describe(&p.of[1], POLICY_FILE_WRITE, why);
	assert_string_equal(why, "not allowed by file-write");
}

static void test_room(void **state)
{
	static struct policy p;
	char                 item[POLICY_TEXT_MAX];
	int                  i;

	(void)state;
	policy_init(&p);
	rules_begin(&p, POLICY_SSH_USERS);
	for (i = 0; i < POLICY_ITEMS_MAX; i++)
		assert_int_equal(rules_add(&p, POLICY_SSH_USERS, "u", 1), 0);
	assert_int_equal(rules_add(&p, POLICY_SSH_USERS, "u", 1), -1);
	rules_begin(&p, POLICY_FILE_READ);
	memset(item, 'x', sizeof(item));
	assert_int_equal(rules_add(&p, POLICY_FILE_READ, item, POLICY_TEXT_MAX - p.text_n), -1);
	assert_int_equal(rules_add(&p, POLICY_FILE_READ, item, POLICY_TEXT_MAX - p.text_n - 1), 0);
	assert_int_equal(p.text_n, POLICY_TEXT_MAX);
	assert_int_equal(rules_add(&p, POLICY_FILE_READ, "", 0), -1);
	assert_int_equal(policy_size(&p), sizeof(p));
}

/* --- narrowing --- */

/* What the rule allows, of a few things that are asked. */
static void ask(const struct policy *p, char *ret)
{
	static const char *const places[] = {"/a", "/a/b", "/b"}, *const users[] = {"root", "web"};
	size_t i;

	for (i = 0; i < n_commands; i++)
		if (policy_allows(p, &commands[i], false))
			*ret++ = "opt"[i];
	*ret++ = ' ';
	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (rules_allow_path(p, POLICY_FILE_READ, places[i]))
			*ret++ = "abc"[i];
	*ret++ = ' ';
	for (i = 0; i < ARRAY_SIZE(users); i++)
		if (rules_allow_user(p, POLICY_SSH_USERS, users[i]))
			*ret++ = "rw"[i];
	*ret = '\0';
}

static void test_narrowing(void **state)
{
	static const struct {
		const char *first, *wanted;
		const char *now;   /* commands, places, users */
		const char *words; /* what needs a restart */
	} rows[] = {
		{"", "", "opt abc rw", ""},
		{"", "profile info", "p abc rw", ""},
		{"profile info", "", "p abc rw", "profile\n"},
		{"profile backup", "profile manage", "pt abc rw",
		 ""}, /* which has nothing more here */
		{"", "block guest-ping", "ot abc rw", ""},
		{"block guest-ping", "", "ot abc rw", "block-rpcs\n"},
		{"block guest-ping", "block guest-thaw", "o abc rw", "block-rpcs\n"},
		{"", "allow guest-ping", "p abc rw", ""},
		{"allow guest-ping", "", "p abc rw", "allow-rpcs\n"},
		{"allow guest-ping,guest-thaw", "allow guest-thaw,guest-file-open", "t abc rw",
		 "allow-rpcs\n"},
		/* what another setting forbids all the same is nothing new */
		{"profile info|block guest-file-open", "profile info", "p abc rw", ""},
		{"", "read /a", "opt ab rw", ""},
		{"read /a", "", "opt ab rw", "file-read\n"},
		{"read /a", "read /a/b", "opt b rw", ""},
		{"read /a/b", "read /a", "opt b rw", "file-read\n"},
		{"read /a", "read /a/b,/b", "opt b rw", "file-read\n"},
		{"read /a", "read /b", "opt  rw", "file-read\n"},
		{"read /", "read /a,/b", "opt abc rw", ""},
		{"read /a", "read ", "opt  rw", ""},
		{"read ", "read /a", "opt  rw", "file-read\n"},
		{"", "ssh *,!root", "opt abc w", ""},
		{"ssh *,!root", "ssh *", "opt abc w", "ssh-users\n"},
		{"ssh *", "ssh root", "opt abc r", ""},
		{"ssh w*", "ssh web,root", "opt abc w", "ssh-users\n"},
		{"ssh *,!web", "ssh web,root,!root", "opt abc ", "ssh-users\n"},
		{"ssh [w]*", "ssh w?b", "opt abc ", "ssh-users\n"}, /* nobody knows */
		{"user web", "user root", "opt abc rw", "exec-user\n"},
		{"user web", "", "opt abc rw", "exec-user\n"},
		{"", "user web", "opt abc rw", ""},
	};
	static struct policies first, wanted, now;
	char                   words[POLICY_WORDS_MAX], got[32];
	size_t                 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		load(&first, rows[i].first);
		load(&wanted, rows[i].wanted);
		*words = '\0';
		policies_narrow(&now, &first, &wanted, words);
		ask(&now.of[0], got);
		if (strcmp(got, rows[i].now) != 0 || strcmp(words, rows[i].words) != 0)
			fail_msg("'%s' -> '%s': '%s', '%s'", rows[i].first, rows[i].wanted, got,
				 words);
	}
	load(&first, "user web");
	load(&wanted, "");
	policies_narrow(&now, &first, &wanted, words);
	assert_string_equal(rules_exec_user(&now.of[0]), "web");
}

static void test_narrowing_channels(void **state)
{
	static struct policies first, wanted, now;
	char                   words[POLICY_WORDS_MAX] = "", got[32];

	(void)state;
	load(&first, "@a profile backup|@b |@c profile info");
	load(&wanted, "block guest-ping|@new |@c profile full|@a profile info");
	policies_narrow(&now, &first, &wanted, words);
	assert_int_equal(now.n, 4);
	ask(&now.of[0], got);
	assert_string_equal(got, "ot abc rw");
	ask(&now.of[1], got);
	assert_string_equal(got, " abc rw"); /* info, without ping */
	ask(&now.of[2], got);
	assert_string_equal(got, "ot abc rw"); /* as [general] is now */
	ask(&now.of[3], got);
	assert_string_equal(got, " abc rw");
	assert_string_equal(words, "[channel b], which is not there any more\n[channel c] profile\n"
				   "[channel new], which is new\n");
	assert_string_equal(now.of[2].channel, "b");
}

/* Exceptions that find no room close the rule: they must not be lost. */
static void test_narrowing_without_room(void **state)
{
	static struct policies first, wanted, now;
	char                   words[POLICY_WORDS_MAX] = "", name[16];
	int                    i;

	(void)state;
	load(&first, "ssh *");
	load(&wanted, "ssh *");
	for (i = 0; i < POLICY_ITEMS_MAX - 1; i++) {
		(void)snprintf(name, sizeof(name), "!a%d", i);
		assert_int_equal(rules_add(&first.of[0], POLICY_SSH_USERS, name, strlen(name)), 0);
		name[1] = 'b';
		assert_int_equal(rules_add(&wanted.of[0], POLICY_SSH_USERS, name, strlen(name)), 0);
	}
	policies_narrow(&now, &first, &wanted, words);
	assert_false(rules_allow_user(&now.of[0], POLICY_SSH_USERS, "b254"));
	assert_false(rules_allow_user(&now.of[0], POLICY_SSH_USERS, "web"));
}

static void test_words(void **state)
{
	char words[POLICY_WORDS_MAX] = "";
	int  i;

	(void)state;
	for (i = 0; i < POLICY_WORDS_MAX; i++)
		policies_add_words(words, "line %d", i);
	assert_true(strlen(words) < sizeof(words));
	assert_int_equal(words[strlen(words) - 1], '\n');
	assert_non_null(strstr(words, "line 0\nline 1\n"));
}

/* --- the store --- */

static void test_store(void **state)
{
	static struct policies now;
	static struct policy   copy;
	struct policy_store    s;
	struct policies       *next;
	struct err             err;
	char                  *words, got[32];
	int                    i;

	(void)state;
	err_init(&err);
	assert_int_equal(policy_store_init(&s, 2, &err), 0);
	load(policy_store_begin(&s), "read /a|@c profile backup");
	assert_string_equal(policy_store_words(&s), "");
	assert_ptr_equal(policy_store_now(&s), policy_store_first(&s));
	for (i = 0; i < 5; i++) {
		load(&now, i % 2 ? "read /b|@c " : "profile info|@c read /a/b");
		next = policy_store_next(&s, &words);
		policies_narrow(next, policy_store_first(&s), &now, words);
		policies_add_words(words, "%d", i);
		policy_store_copy(&s, 1, &copy); /* not yet */
		ask(&copy, got);
		assert_string_equal(got,
				    i == 0 || i % 2 ? (i == 0 ? "pt ab rw" : "p b rw") : "pt  rw");
		policy_store_turn(&s);
		policy_store_copy(&s, 1, &copy);
		ask(&copy, got);
		assert_string_equal(got, i % 2 ? "pt  rw" : "p b rw");
		assert_memory_equal(&copy, policies_of(policy_store_now(&s), 1),
				    policy_size(&copy));
	}
	assert_non_null(strstr(policy_store_words(&s), "4\n"));
	/* a channel that there is not has nothing */
	policy_store_copy(&s, 2, &copy);
	assert_false(policy_allows(&copy, &commands[PING], false));
	policy_store_fini(&s);
}

/* Who has only the view cannot write, and cannot make it writable. */
static void test_view(void **state)
{
	struct policy_store s;
	struct err          err;
	pid_t               pid;
	int                 status;

	(void)state;
	err_init(&err);
	assert_int_equal(policy_store_init(&s, 1, &err), 0);
	load(policy_store_begin(&s), "");
	pid = fork();
	if (pid == 0) {
		policy_store_lock(&s);
		_exit(s.shared ||
		      mprotect((void *)(uintptr_t)s.view, s.size, PROT_READ | PROT_WRITE) == 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	policy_store_fini(&s);
	assert_null(s.view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_groups_replace),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_narrowing),
		cmocka_unit_test(test_narrowing_channels),
		cmocka_unit_test(test_narrowing_without_room),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_store),
		cmocka_unit_test(test_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
