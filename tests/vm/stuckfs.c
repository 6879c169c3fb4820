/* SPDX-License-Identifier: MIT */
/*
 * A filesystem on a block device that stops answering: "stuckfs DEVICE MOUNTPOINT FLAG" mounts it
 * and serves it. While the file FLAG exists, a question for the space (statvfs) is read and not
 * answered: whoever asked waits in the kernel and cannot be killed. When FLAG is gone the answers
 * are sent.
 */
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int fuse;

static void answer(const struct fuse_in_header *in, int error, const void *data, size_t n)
{
	struct {
		struct fuse_out_header head;
		char                   data[512];
	} out = {.head = {.len = (unsigned)(sizeof(out.head) + n),
			  .error = error,
			  .unique = in->unique}};

	memcpy(out.data, data, n);
	if (write(fuse, &out, out.head.len) < 0)
		perror("stuckfs: answer");
}

static void answer_init(const struct fuse_in_header *in)
{
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 65536};

	answer(in, 0, &init, sizeof(init));
}

static void answer_attributes(const struct fuse_in_header *in)
{
	struct fuse_attr_out attr = {.attr_valid = 1000};

	attr.attr.ino = 1;
	attr.attr.mode = S_IFDIR | 0755;
	attr.attr.nlink = 2;
	answer(in, 0, &attr, sizeof(attr));
}

static void answer_space(const struct fuse_in_header *in, const char *flag)
{
	struct fuse_statfs_out space = {.st = {.blocks = 1000,
					       .bfree = 400,
					       .bavail = 300,
					       .bsize = 4096,
					       .frsize = 4096,
					       .namelen = 255}};

	while (access(flag, F_OK) == 0)
		usleep(10000);
	answer(in, 0, &space, sizeof(space));
}

static void serve(const char *flag)
{
	static _Alignas(struct fuse_in_header) char request[1 << 17];
	const struct fuse_in_header                *in = (const struct fuse_in_header *)request;

	while (read(fuse, request, sizeof(request)) > 0) {
		if (in->opcode == FUSE_INIT)
			answer_init(in);
		else if (in->opcode == FUSE_GETATTR)
			answer_attributes(in);
		else if (in->opcode == FUSE_STATFS)
			answer_space(in, flag);
		else if (in->opcode != FUSE_FORGET && in->opcode != FUSE_BATCH_FORGET)
			answer(in, -38, "", 0);
	}
}

int main(int argc, char **argv)
{
	char options[128];

	if (argc != 4)
		return 2;
	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,blksize=4096",
		 fuse);
	if (fuse < 0 || mount(argv[1], argv[2], "fuseblk", 0, options) < 0) {
		perror("stuckfs");
		return 1;
	}
	if (fork() > 0)
		return 0;
	serve(argv[3]);
	return 0;
}
