/*
 * rejected.h
 *		Values that the service rejects although there may be rows that have them.
 */
#ifndef SSM_SSM_REJECTED_H
#define SSM_SSM_REJECTED_H

#include "ssm/request.h"

/* Those of a scan's requests.  A cursor's. */
typedef struct SsmRejected
{
	const SsmRequestSet *requests;
	const SsmTerm *term;		/* whose values the service may reject, or
								 * NULL */
	bool	   *rejected;		/* by its requests: one of their values is */
	bool	   *gave;			/* likewise: a row of theirs was given */
	int			n;				/* that are rejected */
} SsmRejected;

extern bool ssm_rejected_init(SsmRejected *rejected, const SsmRequestSet *requests);
extern void ssm_rejected_note(SsmRejected *rejected, int64_t request);
extern void ssm_rejected_gave(SsmRejected *rejected, int64_t request);
extern bool ssm_rejected_any_gave(const SsmRejected *rejected);
extern bool ssm_rejected_values(const SsmRejected *rejected, SsmValues *values, SsmError *error);
extern void ssm_rejected_free(SsmRejected *rejected);

#endif							/* SSM_SSM_REJECTED_H */
