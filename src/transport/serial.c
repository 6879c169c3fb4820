/* SPDX-License-Identifier: MIT */
/*
 * A serial line. Peers come and go unseen, as on virtio-serial; modem lines are ignored (CLOCAL),
 * since an emulated one drops its carrier when nobody is connected to it, and the terminal would be
 * hung up.
 */
#include <errno.h>
#include <fcntl.h>
#include <termios.h>

#include "transport/transport.h"

/* The protocol's agent means 38400 bits per second, but adds that to the speed that was set. */
#define SPEED B38400

static int make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -1;
	t.c_iflag &= (tcflag_t) ~(IGNBRK | BRKINT | IGNPAR | PARMRK | INPCK | ISTRIP | INLCR |
				  IGNCR | ICRNL | IXON | IXOFF | IXANY | IMAXBEL);
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag &= (tcflag_t) ~(CSIZE | PARENB);
	t.c_cflag |= CS8 | CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (cfsetispeed(&t, SPEED) < 0 || cfsetospeed(&t, SPEED) < 0)
		return -1;
	/* what came before is of another time */
	(void)tcflush(fd, TCIFLUSH);
	return tcsetattr(fd, TCSANOW, &t);
}

static int serial_open(const char *path, int *ret_in, int *ret_out, struct err *err)
{
	auto_close int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || make_raw(fd) < 0)
		return err_os(err, errno, "error opening channel '%s'", path);
	*ret_in = *ret_out = take_fd(&fd);
	return 0;
}

const struct transport transport_isa_serial = {
	.name = "isa-serial",
	.default_path = "/dev/ttyS0",
	.shared_line = true,
	.open = serial_open,
};
