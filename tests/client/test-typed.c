/* SPDX-License-Identifier: MIT */
/*
 * The typed calls, as made from the schema.
 */
#include "fake.h"

#include <stdlib.h>

#include "qgaclient_calls.h"

static void test_results(void **state)
{
	struct fake                       f;
	struct qgac_guest_get_osinfo_out *os;
	struct qgac_guest_get_users_out  *users;
	struct qgac_guest_get_time_out   *now;
	struct qgac_err                   err;

	(void)state;
	START(&f, SYNCED,
	      "{\"return\": {\"pretty-name\": \"D\\u00e4 \\\"1\\\"\", \"later\": [1]}}\n",
	      "{\"return\": [{\"user\": \"root\", \"login-time\": 1.5}, {\"user\": \"x\", "
	      "\"login-time\": 2, \"domain\": \"d\"}]}\n",
	      "{\"return\": 5}\n");
	assert_int_equal(qgac_guest_get_osinfo(f.agent, soon(), &os, &err), 0);
	assert_true(os->has_pretty_name && !os->has_id);
	assert_string_equal(os->pretty_name, "D\xc3\xa4 \"1\"");
	assert_null(os->id);
	qgac_result_free(os);
	assert_int_equal(qgac_guest_get_users(f.agent, soon(), &users, &err), 0);
	assert_int_equal(users->n, 2);
	assert_string_equal(users->items[0].user, "root");
	assert_true(users->items[0].login_time > 1.4 && users->items[0].login_time < 1.6);
	assert_false(users->items[0].has_domain);
	assert_string_equal(users->items[1].domain, "d");
	qgac_result_free(users);
	assert_int_equal(qgac_guest_get_time(f.agent, soon(), &now, &err), 0);
	assert_int_equal(now->value, 5);
	qgac_result_free(now);
	qgac_result_free(NULL);
	fake_stop(&f);
}

static void test_nested_results(void **state)
{
	struct fake                       f;
	struct qgac_guest_get_fsinfo_out *fs;
	struct qgac_err                   err;

	(void)state;
	START(&f, SYNCED,
	      "{\"return\": [{\"name\": \"vda1\", \"mountpoint\": \"/\", \"type\": \"ext4\", "
	      "\"used-bytes\": 18446744073709551615, \"disk\": [{\"bus-type\": \"from 2031\", "
	      "\"bus\": 0, \"target\": 0, \"unit\": -1, \"pci-controller\": {\"domain\": 1, "
	      "\"bus\": 2, "
	      "\"slot\": 3, \"function\": 4}}]}, {\"name\": \"b\", \"mountpoint\": \"/b\", "
	      "\"type\": "
	      "\"xfs\"}]}\n");
	assert_int_equal(qgac_guest_get_fsinfo(f.agent, soon(), &fs, &err), 0);
	assert_int_equal(fs->n, 2);
	assert_true(fs->items[0].has_used_bytes && fs->items[0].used_bytes == UINT64_MAX);
	assert_false(fs->items[0].has_total_bytes);
	assert_int_equal(fs->items[0].disk.n, 1);
	assert_int_equal(fs->items[0].disk.items[0].bus_type, -1);
	assert_int_equal(fs->items[0].disk.items[0].unit, -1);
	assert_int_equal(fs->items[0].disk.items[0].pci_controller.slot, 3);
	assert_int_equal(fs->items[1].disk.n, 0); /* as agents before 2.2 might say it */
	qgac_result_free(fs);
	fake_stop(&f);
}

static void test_arguments(void **state)
{
	static const char *const             words[] = {"-c", "exit 1"};
	struct qgac_guest_exec_in            exec = {.path = "/bin/sh", .has_arg = true};
	const struct qgac_guest_file_open_in open = {.path = "/x"};
	struct qgac_guest_exec_out          *pid;
	struct qgac_guest_file_open_out     *handle;
	struct fake                          f;
	struct qgac_err                      err;

	(void)state;
	START(&f, SYNCED, "{\"return\": 1000}\n", "{\"return\": {\"pid\": 7}}\n");
	assert_int_equal(qgac_guest_file_open(f.agent, &open, soon(), &handle, &err), 0);
	assert_int_equal(handle->value, 1000);
	qgac_result_free(handle);
	exec.arg.n = 2;
	exec.arg.items = (const char **)(uintptr_t)words;
	exec.has_capture_output = true;
	exec.capture_output.kind = QGAC_GUEST_EXEC_CAPTURE_OUTPUT_KIND_MODE;
	exec.capture_output.u.mode = QGAC_GUEST_EXEC_CAPTURE_OUTPUT_MODE_MERGED;
	assert_int_equal(qgac_guest_exec(f.agent, &exec, soon(), &pid, &err), 0);
	assert_int_equal(pid->pid, 7);
	qgac_result_free(pid);
	fake_stop(&f);
	assert_string_equal(
		f.seen[1], "{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": \"/x\"}}");
	assert_string_equal(f.seen[2],
			    "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"/bin/sh\", "
			    "\"arg\": [\"-c\", \"exit 1\"], \"capture-output\": \"merged\"}}");
}

static void test_what_does_not_fit(void **state)
{
	const struct qgac_guest_file_open_in nothing = {.path = NULL}, bad = {.path = "\xff"};
	struct qgac_guest_file_open_out     *handle = (struct qgac_guest_file_open_out *)state;
	struct qgac_guest_get_host_name_out *name;
	struct fake                          f;
	struct qgac_err                      err;

	START(&f, SYNCED, "{\"return\": {}}\n", "{\"return\": {\"host-name\": 5}}\n",
	      "{\"return\": []}\n",
	      "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n");
	assert_int_equal(qgac_guest_file_open(f.agent, &nothing, soon(), &handle, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_null(handle);
	assert_int_equal(qgac_guest_file_open(f.agent, &bad, soon(), &handle, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_guest_get_host_name(f.agent, soon(), &name, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_PROTOCOL);
	assert_string_equal(err.text,
			    "the reply is not one to guest-get-host-name: member host-name");
	assert_int_equal(qgac_guest_get_host_name(f.agent, soon(), &name, &err), -1);
	assert_int_equal(qgac_guest_get_host_name(f.agent, soon(), &name, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_PROTOCOL);
	assert_int_equal(qgac_guest_get_host_name(f.agent, soon(), &name, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	assert_null(name);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_nested_results),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
