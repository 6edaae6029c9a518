/*
 * estimate.c
 *		How many requests a scan takes, by the ids that they name.
 *
 * The planner and the scan ask here, so that a scan does what its cost says.
 */
#include "ssm/estimate.h"

#include <math.h>

/*
 * How many commands a table of that many rows has, of which that many were found
 * in full pages from so many places.
 *
 * A page is no random sample: it has the rows of one command, or of some that
 * follow each other.  Where commands are small, each page shows how many begin
 * within so many rows, besides the one that it begins in.  Where they are large,
 * pages are draws of a command each, and two of them are the same the more often
 * the fewer there are.  If none begins within a page and no two are the same, the
 * next row might have begun one: to take commands for small costs a request for
 * each id at most, to take them for large the whole list.
 */
double
ssm_estimate_commands(double found, double rows, double pages, int page_size)
{
	double		sampled = pages * page_size;
	double		commands;

	if (rows <= sampled || page_size == 1)
		return found;
	found = fmin(found, sampled);
	commands = rows * fmax(found - pages, 1) / (sampled - pages);
	if (found < pages)
		commands = fmin(commands, found * (pages - 1) / (pages - found));
	return fmin(fmax(commands, found), rows);
}

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
