/*
 * loop.h
 *		One CURLM behind one readable descriptor.
 *
 * The descriptor (epoll) is readable whenever ssm_loop_pump has something to
 * do: a socket of a transfer is ready, a timeout of curl's has passed, or the
 * alarm went off; and when a descriptor that its owner has watched is readable.
 * The engine itself never waits.
 */
#ifndef SSM_BASE_LOOP_H
#define SSM_BASE_LOOP_H

#include <curl/curl.h>
#include <stdint.h>

#include "base/error.h"

typedef struct SsmLoop SsmLoop;

/* How far something is that a loop drives. */
typedef enum SsmProgress
{
	SSM_PENDING,				/* wait for the loop's descriptor */
	SSM_DONE,
	SSM_FAILED
} SsmProgress;

/* A transfer as the loop sees it; lives inside the exchange that owns it. */
typedef struct SsmTransfer
{
	CURL	   *easy;
	bool		added;			/* the CURLM has it */
	bool		done;			/* finished: result holds */
	CURLcode	result;
} SsmTransfer;

extern SsmLoop *ssm_loop_create(SsmError *error);
extern void ssm_loop_free(SsmLoop *loop);
extern bool ssm_loop_broken(const SsmLoop *loop);
extern int	ssm_loop_fd(SsmLoop *loop);
extern bool ssm_loop_pump(SsmLoop *loop, SsmError *error);
extern void ssm_loop_alarm(SsmLoop *loop, int64_t at);
extern bool ssm_loop_add(SsmLoop *loop, SsmTransfer *transfer, SsmError *error);
extern void ssm_loop_remove(SsmLoop *loop, SsmTransfer *transfer);
extern bool ssm_loop_watch(SsmLoop *loop, int fd, SsmError *error);
extern void ssm_loop_unwatch(SsmLoop *loop, int fd);
extern bool ssm_loop_idle(const SsmLoop *loop);
extern int64_t ssm_loop_now(void);
extern int64_t ssm_loop_driven(const SsmLoop *loop);

#endif							/* SSM_BASE_LOOP_H */
