/*
 * estimate.h
 *		How many requests a scan takes, by the ids that they name.
 */
#ifndef SSM_SSM_ESTIMATE_H
#define SSM_SSM_ESTIMATE_H

#include "ssm/operation.h"

/* What is expected of the rows that a scan may read. */
typedef struct SsmEstimate
{
	double		rows;			/* if no id is named; 0: nothing is known */
	double		share[SSM_MAX_PARAMETERS];	/* of them that have one value of
											 * an id */
} SsmEstimate;

/* Which of the lists of values to name, and what that takes. */
typedef struct SsmChoice
{
	unsigned	ids;			/* lists of ids: bit by place among the
								 * parameters */
	bool		others;			/* and all lists of what is no id */
	double		requests;
	double		rows;			/* that are read */
} SsmChoice;

extern double ssm_estimate_commands(double found, double rows, double pages, int page_size);
extern SsmChoice ssm_estimate_choose(const SsmOperation *operation, const SsmEstimate *estimate,
									 const double *ids, double others, unsigned must, int page_size);

#endif							/* SSM_SSM_ESTIMATE_H */
