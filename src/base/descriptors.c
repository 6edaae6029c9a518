/*
 * descriptors.c
 *		How many descriptors the process has left.
 */
#include "base/descriptors.h"

#include <sys/epoll.h>
#include <unistd.h>

#define NEEDED	4				/* a socket, the resolver's pair, a file it
								 * reads */

/*
 * Has the process fewer descriptors left than a connection may need?  libcurl
 * does not tell: it calls that a host that cannot be found or connected to, or a
 * certificate that cannot be read.
 */
bool
ssm_descriptors_short(void)
{
	int			fds[NEEDED];
	int			n = 0;
	bool		wanting;

	while (n < NEEDED && (fds[n] = epoll_create1(EPOLL_CLOEXEC)) >= 0)
		n++;
	wanting = n < NEEDED;
	while (n > 0)
		close(fds[--n]);
	return wanting;
}
