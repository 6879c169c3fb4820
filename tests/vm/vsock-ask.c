/* SPDX-License-Identifier: MIT */
/*
 * vsock-ask CID PORT TEXT: connects, sends the text and a line feed, prints the first line of the
 * answer. 1: nobody answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

int main(int argc, char **argv)
{
	struct sockaddr_vm addr = {.svm_family = AF_VSOCK};
	int                fd = socket(AF_VSOCK, SOCK_STREAM, 0);
	char               c;

	if (argc != 4 || fd < 0)
		return 2;
	addr.svm_cid = (unsigned)strtoul(argv[1], NULL, 10);
	addr.svm_port = (unsigned)strtoul(argv[2], NULL, 10);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		perror("connect");
		return 2;
	}
	if (send(fd, argv[3], strlen(argv[3]), MSG_NOSIGNAL) < 0 ||
	    send(fd, "\n", 1, MSG_NOSIGNAL) < 0)
		return 1;
	while (read(fd, &c, 1) == 1) {
		putchar(c);
		if (c == '\n')
			return 0;
	}
	return 1;
}
