/*
 * term.h
 *		The values of a parameter that requests name.
 */
#ifndef SSM_SSM_TERM_H
#define SSM_SSM_TERM_H

#include "ssm/bounds.h"

#define SSM_MAX_EXPANDED	16	/* values that status_filter 'expanded' may
								 * add */

/* A parameter that is sent, with the values it takes in turn. */
typedef struct SsmTerm
{
	const SsmParameter *parameter;
	int			place;			/* among the operation's parameters */
	SsmValues	values;			/* a request has as many as its batch */
	int			live;			/* of several, the first so many are live, in
								 * the order in which a row has them; the
								 * values are then not sorted */
	bool		shared;			/* a row may be several values' */
} SsmTerm;

extern bool ssm_term_fill(SsmTerm *term, const SsmValues *values, bool expanded, bool *send, SsmError *error);
extern int	ssm_term_requests(const SsmTerm *term);
extern SsmValues ssm_term_batch(const SsmTerm *term, int i);

#endif							/* SSM_SSM_TERM_H */
