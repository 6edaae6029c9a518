/*
 * model.h
 *		A service in the test program's memory.
 *
 * It answers requests about some rows (see model_answer.h) in every way that AWS
 * leaves open, each decided by a seed.  For one program, which includes it once.
 */
#ifndef SSM_TEST_MODEL_H
#define SSM_TEST_MODEL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE				/* strptime */
#endif

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/call.h"
#include "ssm/paginator.h"

#define lengthof(array) ((int) (sizeof(array) / sizeof((array)[0])))

#define USEC		INT64_C(1000000)
#define HOUR		(3600 * USEC)
#define DAY			(24 * HOUR)
#define NOW			(INT64_C(1530921600) * USEC)
#define MAX_ROWS	90
#define COMMANDS	12
#define INSTANCES	8

/* Statuses and their details; the first four are those of final ones. */
static const struct
{
	const char *status;
	const char *details;
}			states[] = {
	{"Success", "Success"}, {"Failed", "Failed"}, {"Cancelled", "Cancelled"},
	{"TimedOut", "ExecutionTimedOut"}, {"TimedOut", "DeliveryTimedOut"},
	{"Failed", "Undeliverable"}, {"Failed", "AccessDenied"}, {"Failed", "InvalidPlatform"},
	{"Failed", "Terminated"}, {"Cancelled", "Terminated"},
	{"Pending", "Pending"}, {"Pending", "Delayed"}, {"Delayed", "Delayed"}, {"InProgress", "InProgress"},
};
#define FINAL_STATES	10		/* what comes after these, an invocation lives
								 * through in that order */
static const char *const documents[] = {"AWS-RunShellScript", "AWS-X"};

/* What a service may ignore. */
#define IGNORES_COMMAND		0x01
#define IGNORES_INSTANCE	0x02
#define IGNORES_STATUS		0x04
#define IGNORES_DOCUMENT	0x08
#define IGNORES_AFTER		0x10
#define IGNORES_BEFORE		0x20

/* An invocation. */
typedef struct ModelRow
{
	char		command[40];
	char		instance[40];
	int			state;
	int			had;			/* bits of all states that it has had */
	int			document;
	int64_t		at;
	int64_t		command_at;		/* no later */
} ModelRow;

/* The service: its rows in the order in which it reads them, and its ways. */
static struct Model
{
	uint64_t	random;
	ModelRow	rows[MAX_ROWS];
	int			nrows;
	int			by_status;		/* the Status filter compares the status, 1, */
	int			by_details;		/* the details, or either */
	bool		by_command_time;
	bool		after_closed;
	bool		before_closed;
	bool		filters_page;	/* Status and DocumentName judge what was read */
	bool		times_page;		/* and so does time */
	bool		short_pages;
	bool		empty_pages;
	int			repeat;			/* rows of a page that the next one repeats */
	int			rejected[INSTANCES];	/* page at which the InstanceId is,
										 * from 1 */
	bool		broken;			/* some answers are cut short at first */
	int			ignored;		/* parameters, IGNORES_…, that it does not
								 * read */
	bool		untimed;		/* rows do not say when they were */
	bool		moves;			/* invocations go on while they are read */
	bool		unknown_refused;	/* a CommandId without rows is an error */
	int			fail_at;		/* the call that fails for good, or 0 */
	SsmInvalidInstanceId mode;

	/* what happened */
	int			calls;
	int			empty;			/* pages without rows, but with a token */
	int			late;			/* rejections after the first page */
	int			written[MAX_ROWS];	/* how often each row was */
	int			again;			/* rows that had been before */
	int			moved;			/* invocations that went on */
	bool		must_fail;		/* no row more may come */
	const char *complaint;		/* about a request, or NULL */
}			model;

/*
 * A random number below n, the same for the same seed (splitmix64).
 */
static int
pick(int n)
{
	uint64_t	z = (model.random += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return (z ^ (z >> 31)) % n;
}

/*
 * A time, often on the second or half a second from where a range may be cut.
 */
static int64_t
pick_time(void)
{
	int			n = 1 + pick(8);

	if (pick(2))
		return NOW - 30 * DAY * pick(n + 1) / n + (pick(7) - 3) * USEC / 2;
	return NOW - pick(40 * 86400) * USEC - pick(2) * pick(1000000);
}

/*
 * When a row was, by the shape of the data: spread over all that is kept, most in
 * a day, all in an hour, in a few seconds, or by bursts.
 */
static int64_t
pick_row_time(int shape, int64_t start)
{
	switch (shape)
	{
		case 0:
			return pick(5) ? start + pick(86400) * USEC : pick_time();
		case 1:
			return start + pick(3600) * USEC + pick(2) * pick(1000000);
		case 2:
			return start + pick(8) * USEC / 2;
		case 3:
			return start + pick(4) * 3 * DAY + pick(600) * USEC;
		default:
			return pick_time();
	}
}

/*
 * Write the n-th command's id, to 40 bytes.  Those from COMMANDS on have no rows.
 */
static void
model_command(char *id, int n)
{
	snprintf(id, 40, "%08d-1111-4111-8111-111111111111", n);
}

/*
 * Write the n-th instance's id, to 40 bytes.  Those from INSTANCES on have no
 * rows.
 */
static void
model_instance(char *id, int n)
{
	snprintf(id, 40, "i-%08d", n);
}

/*
 * Make a service by a seed: rows whose commands are up to lag older, in two of
 * three services the newest first, and ways to answer.
 */
static void
model_create(uint64_t seed, int64_t lag)
{
	int			pairs[COMMANDS * INSTANCES];
	int			shape;
	bool		moves;
	int64_t		start;
	int			i;
	int			j;

	memset(&model, 0, sizeof(model));
	model.random = seed * UINT64_C(0xD1342543DE82EF95);
	model.nrows = pick(MAX_ROWS + 1);
	shape = pick(8);
	moves = pick(3) == 0;
	start = NOW - (1 + pick(29)) * DAY + pick(86400) * USEC;
	for (i = 0; i < lengthof(pairs); i++)
	{
		pairs[i] = pairs[j = pick(i + 1)];
		pairs[j] = i;
	}
	for (i = 0; i < model.nrows; i++)
	{
		ModelRow	row = {0};

		model_command(row.command, pairs[i] / INSTANCES);
		model_instance(row.instance, pairs[i] % INSTANCES);
		row.state = moves && pick(2) ? FINAL_STATES : pick(lengthof(states));
		row.had = 1 << row.state;
		row.document = pick(lengthof(documents));
		row.at = pick_row_time(shape, start);
		row.command_at = row.at - (lag > 0 ? pick(lag / USEC) * USEC : 0);
		model.rows[i] = row;
	}
	if (pick(3))
		for (i = 1; i < model.nrows; i++)
			for (j = i; j > 0 && model.rows[j - 1].at < model.rows[j].at; j--)
			{
				ModelRow	swap = model.rows[j];

				model.rows[j] = model.rows[j - 1];
				model.rows[j - 1] = swap;
			}
	model.by_command_time = pick(2);
	model.after_closed = pick(2);
	model.before_closed = pick(2);
	model.filters_page = pick(2);
	model.times_page = pick(3) == 0;
	model.short_pages = pick(2);
	model.empty_pages = pick(2);
	model.repeat = pick(3) * pick(3);
	model.broken = pick(3) == 0;
	model.unknown_refused = pick(2);
	for (i = 0; i < INSTANCES && pick(2); i++)
		model.rejected[pick(INSTANCES)] = 1 + pick(2) * pick(3);
	model.ignored = pick(4) ? 0 : pick(64);
	model.untimed = pick(12) == 0;
	model.moves = moves;
	model.fail_at = pick(12) == 0 ? 1 + pick(20) : 0;
}

#endif							/* SSM_TEST_MODEL_H */
