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
 * What it takes to name these lists of ids.  Each chain is a request at least,
 * of page_size rows.  Lists of what is no id, which take others requests,
 * multiply the chains and make none shorter, so they are not named where a chain
 * has one page.
 */
static SsmChoice
name_lists(const SsmOperation *operation, const SsmEstimate *estimate, const double *ids,
		   double others, unsigned named, int page_size)
{
	SsmChoice	choice = {.ids = named, .rows = estimate->rows};
	double		chains = 1;
	double		pages;
	int			i;

	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
	{
		if (!(named & 1u << i))
			continue;
		chains *= ceil(ids[i] / ssm_parameter_batch(&operation->parameters[i]));
		choice.rows *= fmin(ids[i] * estimate->share[i], 1);
	}
	pages = fmax(ceil(choice.rows / chains / page_size), 1);
	choice.others = others == 1 || pages > 1;
	choice.requests = chains * pages * (choice.others ? others : 1);
	return choice;
}

/*
 * Choose which lists to name, by what takes the fewest requests; at the same
 * price, naming more ids brings fewer rows.  ids has the length of each id's
 * list by place among the operation's parameters, 0 where it has none; others is
 * what the requests for all other lists multiply to.  Bits of must are ids that have to be
 * named if they have a list.
 */
SsmChoice
ssm_estimate_choose(const SsmOperation *operation, const SsmEstimate *estimate,
					const double *ids, double others, unsigned must, int page_size)
{
	SsmChoice	best = {0};
	unsigned	known = 0;
	unsigned	named;
	int			i;

	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
		if (ids[i] > 0)
			known |= 1u << i;
	for (named = 0; named <= known; named++)
	{
		SsmChoice	choice;

		if ((named & ~known) != 0 || (must & known & ~named) != 0)
			continue;
		choice = name_lists(operation, estimate, ids, others, named, page_size);
		if (best.requests == 0 || choice.requests <= best.requests)
			best = choice;
	}
	return best;
}
