/* SPDX-License-Identifier: MIT */
/*
 * Ways to reach an agent. A transport turns an address into a connected descriptor; a new one is a
 * file with one function and a row in the table of connect.c.
 */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "qgaclient.h"

struct transport {
	const char *scheme; /* with its colon */
	/* A connected close-on-exec descriptor, or -1 with err set. */
	int (*open)(const char *address, int64_t deadline, struct qgac_err *err);
	bool is_bridge; /* the other end is bridge/, which wants time limits and makes no handshake
			 */
};

/* ADDRESS is a path. */
int transport_unix_open(const char *path, int64_t deadline, struct qgac_err *err);

/* CID:PORT */
int transport_vsock_open(const char *address, int64_t deadline, struct qgac_err *err);

/* PATH:PORT, a unix socket that asks for the port with a line (Firecracker, Cloud Hypervisor). */
int transport_mux_open(const char *address, int64_t deadline, struct qgac_err *err);

/* HOST:PORT or [HOST]:PORT, HOST a numeric address: names would be looked up beyond any deadline.
 */
int transport_tcp_open(const char *address, int64_t deadline, struct qgac_err *err);

/* NAME, or URI#NAME: a domain of libvirt, through a program that is linked with it. */
int transport_libvirt_open(const char *address, int64_t deadline, struct qgac_err *err);

/* What several of them need (socket.c) */

struct sockaddr;

/*
 * Connects a new stream socket of the address's family until the deadline. `what` names the peer in
 * errors.
 */
int socket_connect(const struct sockaddr *sa, unsigned int len, const char *what, int64_t deadline,
		   struct qgac_err *err);

/* Waits until fd is ready for `events`: 0, or -1 with TIMEOUT. */
int socket_wait(int fd, short events, const char *what, int64_t deadline, struct qgac_err *err);

/*
 * Reads one line of less than `size` bytes, byte by byte so that nothing behind it is taken;
 * without the line feed. -1 with CLOSED, TIMEOUT or PROTOCOL.
 */
int socket_read_line(int fd, char *line, unsigned int size, const char *what, int64_t deadline,
		     struct qgac_err *err);

/* The last colon's number: splits address in place of a copy. False unless it is 0 to `max`. */
bool socket_split_port(const char *address, uint64_t max, unsigned int *ret_host_len,
		       uint64_t *ret_port);

#endif
