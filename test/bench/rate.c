/*
 * rate.c
 *		How the limiter does in many worlds: a table.
 *
 * Time is over the ideal, which for a bucket is what it has, and for refusals at
 * random what pauses alone take.  "%" are our requests that were refused; "!"
 * stands before the share of sessions that read all, where not all do.
 */
#include "rate_sim.h"

#include <stdio.h>

#include "base/array.h"

#define SEEDS	12

static const SimWorld worlds[] = {
	{"8 x 40 pages on 5/s", SIM_BUCKET, 5, 5, 8, 1, 40},
	{"12 x 40 on 10/s", SIM_BUCKET, 10, 10, 12, 1, 40},
	{"12 x 80, 4 in flight, on 10/s", SIM_BUCKET, 10, 10, 12, 4, 80},
	{"64 x 20 on 5/s", SIM_BUCKET, 5, 5, 64, 1, 20},
	{"1 x 200 on 5/s", SIM_BUCKET, 5, 5, 1, 1, 200},
	{"1 x 200, 8 in flight, on 5/s", SIM_BUCKET, 5, 5, 1, 8, 200},
	{"8 x 40 on 5/s, bursts of 25", SIM_BUCKET, 5, 25, 8, 1, 40},
	{"5% at random", SIM_CHANCE, 0.05, 0, 1, 1, 200},
	{"10% at random", SIM_CHANCE, 0.10, 0, 1, 1, 200},
	{"20% at random", SIM_CHANCE, 0.20, 0, 1, 1, 200},
	{"33% at random", SIM_CHANCE, 0.33, 0, 1, 1, 200},
	{"every 5th", SIM_EVERY, 5, 0, 1, 1, 200},
	{"10% at random, 8 in flight", SIM_CHANCE, 0.10, 0, 1, 8, 800},
	{"4 x 80 on 10/s, others take 2", SIM_BUCKET, 10, 10, 4, 1, 80, 2},
	{"4 x 60 on 10/s, others take 5", SIM_BUCKET, 10, 10, 4, 1, 60, 5},
	{"4 x 120 on 10/s, 2/s for 20 s", SIM_BUCKET, 10, 10, 4, 1, 120, 0, 20000, 2},
};

/*
 * Print one rule's figures in a world.
 */
static void
print_rule(const SimWorld *world, SimRule rule, double ideal)
{
	SimResult	r = sim_mean(world, rule, SEEDS);

	printf("  %6.2f %3.0f%% %2d", r.seconds / ideal, 100 * r.refused, r.worst);
	if (r.finished < 1)
		printf(" !%2.0f%%", 100 * r.finished);
	else
		printf("     ");
}

/*
 * Print the table.
 */
int
main(void)
{
	size_t		i;

	printf("%-31s  %-18s  %-18s  %s\n", "time / ideal, refused, in a row", "standard", "each its own", "one for all");
	for (i = 0; i < lengthof(worlds); i++)
	{
		SimResult	standard = sim_mean(&worlds[i], SIM_STANDARD, SEEDS);
		double		ideal = worlds[i].refusal == SIM_BUCKET ? standard.ideal : standard.seconds;

		printf("%-31s", worlds[i].name);
		print_rule(&worlds[i], SIM_STANDARD, ideal);
		print_rule(&worlds[i], SIM_ALONE, ideal);
		if (worlds[i].sessions > 1)
			print_rule(&worlds[i], SIM_SHARED, ideal);
		printf("\n");
	}
	return 0;
}
