/*
 * windows.c
 *		How many round trips and requests scans take that are cut into windows.
 *
 * One chain of pages takes as many of both as there are pages.  Of each shape of
 * data: how many times faster, how many times the requests, and the windows that
 * were cut again.
 */
#include "windows_sim.h"

#include <stdio.h>

#define SEEDS	5

/*
 * Print how scans do of a shape from a service.
 */
static void
print_shape(SimShape shape, SimService service)
{
	static const int rows[] = {10000, 100000};
	static const int widths[] = {2, 4, 8, 16};
	int			r;
	int			w;

	printf("%-16s", sim_shapes[shape]);
	for (r = 0; r < 2; r++)
		for (w = 0; w < 4; w++)
		{
			SimScan		scan = sim_scan(shape, service, rows[r], widths[w], SEEDS);
			double		pages = rows[r] / 50.0;

			printf("  %5.2f %4.2f %4.0f", pages / scan.trips, scan.requests / pages, scan.splits);
		}
	printf("\n");
}

/*
 * Print what it takes to give the newest rows of a shape: round trips and requests,
 * for some numbers of rows wanted.
 */
static void
print_newest(SimShape shape, SimService service, int rows)
{
	static const int wanted[] = {1, 10, 100, 1000, 1000000};
	int			days;
	int			i;

	printf("%-16s", rows > 0 ? sim_shapes[shape] : "empty");
	for (days = 0; days < 2; days++)
		for (i = 0; i < 5; i++)
		{
			SimNewest	scan = sim_newest(shape, service, rows, 4, wanted[i], days * INT64_C(86400000000), SEEDS);

			printf("  %4.0f %4.0f%s", scan.trips, scan.requests, scan.wrong > 0 ? "!" : " ");
		}
	printf("\n");
}

/*
 * Print the tables.
 */
int
main(void)
{
	static const char *const services[] = {"newest first", "oldest first", "no order", "page by page"};
	int			service;
	int			shape;

	for (service = SIM_NEWEST_FIRST; service <= SIM_PAGE_BY_PAGE; service++)
	{
		printf("\n%-16s  10,000 rows, 2   4                 8                 16"
			   "               100,000 rows, 2  4                 8                 16\n", services[service]);
		for (shape = 0; shape < SIM_SHAPES; shape++)
			print_shape(shape, service);
	}
	for (service = SIM_NEWEST_FIRST; service <= SIM_PAGE_BY_PAGE; service++)
	{
		printf("\n%-16s  newest 1    10          100         1000        all of 10,000"
			   "  slack 1 day: 1  10      100         1000        all\n", services[service]);
		for (shape = 0; shape < SIM_SHAPES; shape++)
			print_newest(shape, service, 10000);
		print_newest(SIM_EVEN, service, 0);
	}
	return 0;
}
