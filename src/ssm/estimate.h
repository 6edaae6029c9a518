/*
 * estimate.h
 *		How many requests a scan takes, by the ids that they name.
 */
#ifndef SSM_SSM_ESTIMATE_H
#define SSM_SSM_ESTIMATE_H

#include <stdbool.h>

/* What is expected of the rows that a scan may read. */
typedef struct SsmEstimate
{
	double		rows;			/* if no id is named; 0: nothing is known */
	double		per_command;	/* share of them that have one CommandId */
	double		per_instance;	/* and one InstanceId */
} SsmEstimate;

/* Which of the ids and statuses known to name, and what that takes. */
typedef struct SsmNaming
{
	bool		commands;
	bool		instances;
	bool		statuses;
	double		requests;
	double		rows;			/* that are read */
} SsmNaming;

extern double ssm_estimate_commands(double found, double rows, double pages, int page_size);
extern SsmNaming ssm_estimate_naming(const SsmEstimate *estimate, double ncommands, double ninstances,
									 double nstatuses, bool instances_must, int page_size);

#endif							/* SSM_SSM_ESTIMATE_H */
