/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>

#include <cmocka.h>

#include "transport/peer.h"
#include "transport/transport.h"

static char directory[] = "/tmp/test-transport.XXXXXX";

static void test_find(void **state)
{
	static const char *const strangers[] = {
		"", "virtio", "virtio-serial ", "VIRTIO-SERIAL", "unix", "tcp", "stdi"};
	size_t i;

	(void)state;
	assert_ptr_equal(transport_find("virtio-serial"), &transport_virtio_serial);
	assert_ptr_equal(transport_find("unix-listen"), &transport_unix_listen);
	assert_ptr_equal(transport_find("stdio"), &transport_stdio);
	assert_ptr_equal(transport_find("isa-serial"), &transport_isa_serial);
	assert_ptr_equal(transport_find("vsock-listen"), &transport_vsock_listen);
	for (i = 0; i < ARRAY_SIZE(strangers); i++)
		assert_null(transport_find(strangers[i]));
}

/* What the front relies on. */
static void test_properties(void **state)
{
	(void)state;
	assert_string_equal(transport_virtio_serial.default_path,
			    "/dev/virtio-ports/org.qemu.guest_agent.0");
	assert_int_equal(transport_virtio_serial.shared_line, true);
	assert_int_equal(transport_virtio_serial.edges, true);
	assert_int_equal(transport_virtio_serial.listens, false);
	assert_null(transport_unix_listen.default_path);
	assert_int_equal(transport_unix_listen.listens, true);
	assert_int_equal(transport_unix_listen.shared_line, false);
	assert_int_equal(transport_stdio.ends, true);
	assert_int_equal(transport_stdio.listens, false);
}

/* Errors of addresses come before there is a socket. */
static void test_vsock_addresses(void **state)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{"", "error parsing address ''"},
		{"1234", "error parsing address '1234'"},
		{"x:1", "Failed to parse cid 'x'"},
		{":1", "Failed to parse cid ''"},
		{"4294967296:1", "Failed to parse cid '4294967296'"},
		{"3:", "Failed to parse port ''"},
		{"3:-1", "Failed to parse port '-1'"},
		{"3:4:5", "Failed to parse port '4:5'"},
	};
	struct err err;
	size_t     i;
	int        in, out;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		err_init(&err);
		assert_int_equal(transport_vsock_listen.open(rows[i].path, &in, &out, &err), -1);
		assert_string_equal(err.text, rows[i].text);
	}
}

/* A pseudo-terminal that echoes and edits lines becomes a line that carries bytes as they are. */
static void test_serial_is_raw(void **state)
{
	struct termios t;
	struct err     err;
	char           name[128];
	int            in = -1, out = -1, master = posix_openpt(O_RDWR | O_NOCTTY);

	(void)state;
	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	assert_int_equal(ptsname_r(master, name, sizeof(name)), 0);
	err_init(&err);
	assert_int_equal(transport_isa_serial.open(name, &in, &out, &err), 0);
	assert_int_equal(in, out);
	assert_int_equal(tcgetattr(in, &t), 0);
	assert_int_equal(t.c_iflag & (IGNBRK | BRKINT | IGNPAR | PARMRK | INPCK | ISTRIP | INLCR |
				      IGNCR | ICRNL | IXON | IXOFF | IXANY | IMAXBEL),
			 0);
	assert_int_equal(t.c_oflag, 0);
	assert_int_equal(t.c_lflag, 0);
	assert_int_equal(t.c_cflag & (CLOCAL | CREAD | CSIZE | PARENB), CLOCAL | CREAD | CS8);
	assert_int_equal(t.c_cc[VMIN], 1);
	assert_int_equal(t.c_cc[VTIME], 0);
	assert_int_equal(cfgetospeed(&t), B38400);
	assert_int_equal(cfgetispeed(&t), B38400);
	assert_true(fcntl(in, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(in, F_GETFD) & FD_CLOEXEC);
	(void)close(in);
	(void)close(master);
	assert_int_equal(transport_isa_serial.open("/dev/null", &in, &out, &err), -1);
	assert_string_equal(err.text,
			    "error opening channel '/dev/null': Inappropriate ioctl for device");
}

static void in_directory(char *path, size_t size, const char *name)
{
	(void)snprintf(path, size, "%s/%s", directory, name);
}

static int open_listener(const char *path, struct err *err)
{
	int in = -1, out = -1;

	err_init(err);
	if (transport_unix_listen.open(path, &in, &out, err) < 0)
		return -1;
	assert_int_equal(in, out);
	assert_int_equal(fcntl(in, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(in, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	return in;
}

static int dial(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void test_unix_listens(void **state)
{
	char       path[100];
	int        fd, client;
	struct err err;

	(void)state;
	in_directory(path, sizeof(path), "socket");
	fd = open_listener(path, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	client = dial(path);
	(void)close(client);
	(void)close(fd);
	/* the socket of an earlier run is replaced */
	fd = open_listener(path, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	client = dial(path);
	(void)close(client);
	(void)close(fd);
}

static void test_unix_leaves_other_files_alone(void **state)
{
	char        path[100], want[200];
	struct stat st;
	struct err  err;
	int         fd;

	(void)state;
	in_directory(path, sizeof(path), "file");
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_in_range(fd, 0, 10000);
	(void)close(fd);
	assert_int_equal(open_listener(path, &err), -1);
	(void)snprintf(want, sizeof(want), "Failed to bind socket to %s: File exists", path);
	assert_string_equal(err.text, want);
	assert_int_equal(lstat(path, &st), 0);
	(void)unlink(path);
}

static void test_unix_errors(void **state)
{
	char       path[300], want[400];
	struct err err;

	(void)state;
	in_directory(path, sizeof(path), "none/socket");
	assert_int_equal(open_listener(path, &err), -1);
	(void)snprintf(want, sizeof(want), "Failed to bind socket to %s: No such file or directory",
		       path);
	assert_string_equal(err.text, want);

	memset(path, 'x', 200);
	path[0] = '/';
	path[200] = '\0';
	assert_int_equal(open_listener(path, &err), -1);
	(void)snprintf(want, sizeof(want), "UNIX socket path '%s' is too long", path);
	assert_string_equal(err.text, want);
}

static void test_virtio_without_a_port(void **state)
{
	static const char *const paths[] = {"/dev/virtio-ports/test.no.such.port",
					    "/nowhere/at/all", ""};
	struct err               err;
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		char want[200];
		int  in, out;

		err_init(&err);
		assert_int_equal(transport_virtio_serial.open(paths[i], &in, &out, &err), -1);
		(void)snprintf(want, sizeof(want),
			       "error opening channel '%s': No such file or directory", paths[i]);
		assert_string_equal(err.text, want);
		assert_int_equal(err.os, ENOENT);
	}
}

/* Any character device will do to see how it is opened. */
static void test_virtio_opens(void **state)
{
	struct err err;
	int        in, out;

	(void)state;
	err_init(&err);
	assert_int_equal(transport_virtio_serial.open("/dev/null", &in, &out, &err), 0);
	assert_int_equal(in, out);
	assert_int_equal(fcntl(in, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(in, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_RDWR);
	(void)close(in);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char path[100];

	(void)state;
	in_directory(path, sizeof(path), "socket");
	(void)unlink(path);
	return rmdir(directory);
}

static const char *peer(const struct transport *t, int fd, const char *path)
{
	static char text[PEER_MAX];

	peer_describe(t, fd, path, text, sizeof(text));
	return text;
}

static void test_peers(void **state)
{
	char want[64], path[2 * PEER_MAX];
	int  pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	(void)snprintf(want, sizeof(want), "uid=%u,pid=%d", getuid(), getpid());
	assert_string_equal(peer(&transport_unix_listen, pair[0], "/run/x"), want);
	assert_string_equal(peer(&transport_unix_listen, -1, "/run/x"), "unknown");
	assert_string_equal(peer(&transport_vsock_listen, pair[0], "1:2"), "unknown");
	assert_string_equal(peer(&transport_stdio, 0, NULL), "stdio");
	assert_string_equal(peer(&transport_virtio_serial, 0, "/dev/virtio-ports/org.x.0"),
			    "org.x.0");
	assert_string_equal(peer(&transport_isa_serial, 0, "ttyS0"), "ttyS0");
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(strlen(peer(&transport_isa_serial, 0, path)), PEER_MAX - 1);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_vsock_addresses),
		cmocka_unit_test(test_serial_is_raw),
		cmocka_unit_test(test_unix_listens),
		cmocka_unit_test(test_unix_leaves_other_files_alone),
		cmocka_unit_test(test_unix_errors),
		cmocka_unit_test(test_virtio_without_a_port),
		cmocka_unit_test(test_virtio_opens),
		cmocka_unit_test(test_peers),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
