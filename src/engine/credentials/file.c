/*
 * file.c
 *		Small files that hold secrets.
 */
#include "engine/credentials/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Append a file's content to a buffer.  Only an ordinary file is read: another
 * might keep us waiting.  False if there is none, it is not readable, is too
 * long for the buffer, or holds a NUL.
 */
bool
ssm_file_read(const char *path, SsmBuf *out, SsmError *error)
{
	struct stat status;
	char		piece[4096];
	ssize_t		n = -1;
	int			fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	errno = fd < 0 || fstat(fd, &status) < 0 ? errno : S_ISREG(status.st_mode) ? 0 : EINVAL;
	if (errno == 0)
		while ((n = read(fd, piece, sizeof(piece))) > 0)
			ssm_buf_add(out, piece, n);
	if (n < 0)
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "could not read \"%.300s\": %s", path, strerror(errno));
	ssm_wipe(piece, sizeof(piece));
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	if (out->nomem)
		return ssm_fail_memory(error);
	if (out->overflow)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "\"%.300s\" is longer than %zu bytes", path, out->max);
	if (strlen(ssm_buf_text(out)) != out->len)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "\"%.300s\" is not a text", path);
	return true;
}
