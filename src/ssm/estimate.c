/*
 * estimate.c
 *		How many requests a scan takes, by the ids that they name.
 *
 * The planner and the scan ask here, so that a scan does what its cost says.
 */
#include "ssm/estimate.h"

#include <math.h>

/*
 * Take in a list of n ids, each of which has that share of the rows: a chain
 * for each.
 */
static void
name_list(double n, double share, double *chains, double *rows)
{
	*chains *= n;
	*rows *= fmin(n * share, 1);
}

/*
 * Choose among naming both lists of ids, one, or none, by what takes the fewest
 * requests; at the same price, naming more brings fewer rows.  0 is the length
 * of a list that is not there.  instances_must: the InstanceIds have to be
 * named.  Each chain is a request at least, of page_size rows.  Several statuses
 * multiply the chains, so they are not named where a chain has a page only.
 */
SsmNaming
ssm_estimate_naming(const SsmEstimate *estimate, double ncommands, double ninstances,
					double nstatuses, bool instances_must, int page_size)
{
	SsmNaming	best = {0};
	int			ids;

	for (ids = 0; ids < 4; ids++)
	{
		SsmNaming	naming = {.commands = ids & 1, .instances = ids & 2, .rows = estimate->rows};
		double		chains = 1;

		if ((naming.commands && ncommands == 0) || (naming.instances && ninstances == 0) ||
			(instances_must && ninstances > 0 && !naming.instances))
			continue;
		if (naming.commands)
			name_list(ncommands, estimate->per_command, &chains, &naming.rows);
		if (naming.instances)
			name_list(ninstances, estimate->per_instance, &chains, &naming.rows);
		naming.requests = chains * fmax(ceil(naming.rows / chains / page_size), 1);
		naming.statuses = nstatuses == 1 || naming.requests > chains;
		if (best.requests == 0 || naming.requests <= best.requests)
			best = naming;
	}
	best.requests *= best.statuses ? nstatuses : 1;
	return best;
}
