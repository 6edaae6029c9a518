/*
 * test_limiter.c
 *		How often a throttled identity may send.
 */
#include "aws/limiter.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

#define START	1000000			/* an arbitrary time, milliseconds */

/*
 * Test that two rates are the same but for rounding.
 */
static void
is_rate(double got, double want, const char *name)
{
	if (!ok(fabs(got - want) < 1e-6, "%s", name))
		printf("# got: %.9f\n# want: %.9f\n", got, want);
}

/*
 * Nothing is held back before the service throttles.
 */
static void
test_off(void)
{
	SsmLimiter	limiter = {0};
	int			i;
	int			passed = 0;

	for (i = 0; i < 10000; i++)
	{
		passed += ssm_limiter_take(&limiter, START) == 0;
		ssm_limiter_note(&limiter, false, START + i);
	}
	is_int(passed, 10000, "all pass");
}

/*
 * Attempts that end, in milliseconds after START, and the rate from then on,
 * computed from the AWS SDKs' formulas with limiter.c's two changes: ten attempts
 * a second are measured, then the service throttles twice, and lets through what
 * comes after.
 */
static const struct
{
	int			ms;
	bool		throttled;
	double		measured;
	double		rate;			/* 0: not limited */
	double		peak;
	double		capacity;
}			course[] = {
	{0, false, 0.0, 0.0},
	{100, false, 0.0, 0.0},
	{200, false, 0.0, 0.0},
	{300, false, 0.0, 0.0},
	{500, false, 8.0, 0.0},		/* 5 in a half second: 0.8 * 10 */
	{600, false, 8.0, 0.0},
	{1000, false, 4.8, 0.0},	/* 2: 0.8 * 4 + 0.2 * 8 */
	{1100, true, 4.8, 3.36, 4.8, 3.36},
	{1200, false, 4.8, 3.623879044, 4.8, 3.623879044},
	{1600, true, 2.56, 1.792, 2.56, 1.792},
	{5600, false, 0.712, 1.068, 2.56, 1.068},
	{65600, false, 0.155733333, 0.5, 2.56, 1.0},
	{600000, true, 0.031146667, 0.5, 0.031146667, 1.0},
};

/*
 * Follow the course.
 */
static void
test_course(void)
{
	SsmLimiter	limiter = {0};
	size_t		i;

	for (i = 0; i < lengthof(course); i++)
	{
		char		name[64];

		ssm_limiter_note(&limiter, course[i].throttled, START + course[i].ms);
		snprintf(name, sizeof(name), "after %d ms: measured", course[i].ms);
		is_rate(limiter.measured, course[i].measured, name);
		snprintf(name, sizeof(name), "after %d ms: allowed", course[i].ms);
		is_rate(limiter.on ? limiter.rate : 0.0, course[i].rate, name);
		snprintf(name, sizeof(name), "after %d ms: peak", course[i].ms);
		is_rate(limiter.peak, course[i].peak, name);
		snprintf(name, sizeof(name), "after %d ms: capacity", course[i].ms);
		is_rate(limiter.capacity, course[i].capacity, name);
	}
}

/*
 * Tokens come at the rate, wait up to the capacity, and one is a request.
 */
static void
test_tokens(void)
{
	SsmLimiter	limiter = {.on = true, .rate = 4.0, .capacity = 2.0, .filled = START};

	is_int(ssm_limiter_take(&limiter, START), START + 250, "the first comes after 1/4 s");
	is_int(ssm_limiter_take(&limiter, START + 100), START + 250, "as before, asked again");
	is_int(ssm_limiter_take(&limiter, START + 250), 0, "there it is");
	is_int(ssm_limiter_take(&limiter, START + 250), START + 500, "the next");
	is_int(ssm_limiter_take(&limiter, START + 60000), 0, "after a minute: one");
	is_int(ssm_limiter_take(&limiter, START + 60000), 0, "two");
	is_int(ssm_limiter_take(&limiter, START + 60000), START + 60250, "no third");
}

#define CLIENTS		8
#define PAGES		40
#define SERVED		5.0			/* requests per second */

/* A client that reads its pages one after the other. */
typedef struct Client
{
	SsmLimiter	limiter;
	int64_t		due;
	int			failed;			/* times in a row */
	int			pages;
} Client;

/*
 * Eight clients that know nothing of each other share what the service allows:
 * simulated time, answers at once, pauses as ssm_retry_delay makes them.
 */
static void
test_shares(void)
{
	Client		clients[CLIENTS] = {0};
	double		level = SERVED;
	int			requests = 0;
	int			throttled = 0;
	int			worst = 0;
	int			done = 0;
	int64_t		now;
	int			i;

	srand48(1);
	for (now = START; done < CLIENTS && now < START + 3600000; now++)
	{
		level = fmin(SERVED, level + SERVED / 1000.0);
		for (i = 0; i < CLIENTS; i++)
		{
			Client	   *c = &clients[i];
			bool		refused;

			if (c->pages == PAGES || now < c->due)
				continue;
			c->due = ssm_limiter_take(&c->limiter, now);
			if (c->due > now)
				continue;
			refused = level < 1.0;
			level -= refused ? 0.0 : 1.0;
			requests++;
			throttled += refused;
			ssm_limiter_note(&c->limiter, refused, now);
			c->failed = refused ? c->failed + 1 : 0;
			worst = c->failed > worst ? c->failed : worst;
			c->pages += !refused;
			done += c->pages == PAGES;
			if (refused)
				c->due = now + (int64_t) (drand48() * 1000.0 * pow(2, c->failed - 1));
		}
	}
	is_int(done, CLIENTS, "all finish");
	ok(throttled <= 0.3 * requests, "%d of %d requests throttled", throttled, requests);
	ok(worst < 8, "at most %d times in a row", worst);
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_off();
	test_course();
	test_tokens();
	test_shares();
	return done_testing();
}
