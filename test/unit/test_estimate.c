/*
 * test_estimate.c
 *		Which ids and statuses to name, and what that takes.
 */
#include "ssm/estimate.h"
#include "base/array.h"
#include "invocations.h"
#include "tap.h"

/*
 * 10,000 rows, of which a command has 50 and an instance 100.
 */
static const SsmEstimate estimate = {10000, {[COMMAND_ID] = 0.005, [INSTANCE_ID] = 0.01}};

/* Lists, and what is best. */
static const struct
{
	double		ncommands;
	double		ninstances;
	double		nstatuses;
	bool		must;			/* name the instances */
	int			page_size;
	const char *named;
	double		requests;
	double		rows;
}			cases[] = {
	{0, 0, 1, false, 50, "s", 200, 10000},
	{1, 0, 1, false, 50, "cs", 1, 50},
	{0, 1, 1, false, 50, "is", 2, 100},
	{1, 1, 1, false, 50, "cis", 1, 0.5},

	/* of two, the cheaper; the product where it costs no more */
	{1, 2, 1, false, 50, "cs", 1, 50},
	{3, 1, 1, false, 50, "is", 2, 100},
	{5, 2, 1, false, 50, "is", 4, 200},
	{2, 5, 1, false, 50, "cs", 2, 100},
	{2, 5, 1, false, 10, "cis", 10, 5},
	{2, 6, 1, false, 10, "cs", 10, 100},

	/* a list or none */
	{200, 0, 1, false, 50, "cs", 200, 10000},
	{201, 0, 1, false, 50, "s", 200, 10000},
	{0, 100, 1, false, 50, "is", 200, 10000},
	{0, 101, 1, false, 50, "s", 200, 10000},
	{201, 101, 1, false, 50, "s", 200, 10000},
	{1e6, 1e6, 1, false, 1, "s", 10000, 10000},

	/* instances that must be named are, with or without commands */
	{0, 1000, 1, true, 50, "is", 1000, 10000},
	{1, 5, 1, true, 50, "cis", 5, 2.5},
	{100, 5, 1, true, 50, "is", 10, 500},
	{300, 0, 1, true, 50, "s", 200, 10000},

	/* several statuses, where a chain has more than a page */
	{0, 0, 3, false, 50, "s", 600, 10000},
	{1, 0, 3, false, 50, "c", 1, 50},
	{1, 0, 3, false, 10, "cs", 15, 50},
	{0, 1, 2, false, 50, "is", 4, 100},
	{0, 0, 2, false, 10000, "", 1, 10000},
};

/* Commands found in ANALYZE's pages, and about how many there are. */
static const struct
{
	double		found;
	double		rows;
	double		pages;
	int			page_size;
	double		least;
	double		most;
}			counts[] = {

	/* all was read */
	{7, 300, 10, 50, 7, 7},
	{10, 500, 10, 50, 10, 10},
	/* each page has so many, and more or less of one at its ends */
	{110, 60000, 10, 50, 11000, 13000},
	{260, 60000, 10, 50, 28000, 32000},
	{60000, 60000, 10, 50, 60000, 60000},
	/* one in three pages has the end of a command: 400 of 150 rows */
	{13, 60000, 10, 50, 300, 450},
	{10, 60000, 10, 50, 100, 400},
	/* pages that have the same command: few, and large */
	{4, 60000, 10, 50, 4, 8},
	{2, 60000, 10, 50, 2, 3},
	{1, 60000, 10, 50, 1, 1},
	{9, 60000, 10, 50, 40, 125},
	/* all in two pages */
	{2, 20000, 2, 50, 150, 250},
	/* pages of one row are a random sample */
	{8, 60000, 10, 1, 8, 8},
};

/*
 * Run all tests.
 */
int
main(void)
{
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
	{
		double		ids[SSM_MAX_PARAMETERS] = {[COMMAND_ID] = cases[i].ncommands, [INSTANCE_ID] = cases[i].ninstances};
		SsmChoice	choice = ssm_estimate_choose(INVOCATIONS, &estimate, ids, cases[i].nstatuses,
												 cases[i].must ? 1u << INSTANCE_ID : 0, cases[i].page_size);
		char		named[4];

		snprintf(named, sizeof(named), "%s%s%s", choice.ids & 1u << COMMAND_ID ? "c" : "", choice.ids & 1u << INSTANCE_ID ? "i" : "",
				 choice.others ? "s" : "");
		is_str(named, cases[i].named, "named");
		ok(choice.requests == cases[i].requests && choice.rows == cases[i].rows,
		   "case %zu: %g requests for %g rows", i, choice.requests, choice.rows);
	}
	for (i = 0; i < lengthof(counts); i++)
	{
		double		n = ssm_estimate_commands(counts[i].found, counts[i].rows, counts[i].pages,
											  counts[i].page_size);

		ok(n >= counts[i].least && n <= counts[i].most, "%g commands in %g pages: about %g",
		   counts[i].found, counts[i].pages, n);
	}
	return done_testing();
}
