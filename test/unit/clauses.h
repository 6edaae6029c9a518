/*
 * clauses.h
 *		What a query says of the rows of the service in model.h.
 */
#ifndef SSM_TEST_CLAUSES_H
#define SSM_TEST_CLAUSES_H

#include "model_answer.h"
#include "invocations.h"

#define MOST	12				/* values of one list */

/* Clauses: a list for some keys, and bounds of time. */
typedef struct Clauses
{
	bool		plain;			/* those on ids are not sent */
	bool		bound[PARAMETERS];
	int			n[PARAMETERS];
	char		text[PARAMETERS][MOST][40];
	SsmTimeBound lower;
	SsmTimeBound upper;
} Clauses;

/*
 * Add a value to a key's list.
 */
static void
add_value(Clauses *clauses, int key, const char *text)
{
	clauses->bound[key] = true;
	snprintf(clauses->text[key][clauses->n[key]++], sizeof(clauses->text[0][0]), "%s", text);
}

/*
 * Bounds of the clauses, which use their texts.
 */
static SsmBounds
bind_clauses(const Clauses *clauses)
{
	SsmBounds	bounds = {0};
	SsmError	error;
	int			key;

	for (key = clauses->plain ? INSTANCE_ID + 1 : 0; key < PARAMETERS; key++)
	{
		const char *values[MOST];
		int			i;

		for (i = 0; i < clauses->n[key]; i++)
			values[i] = clauses->text[key][i];
		if (clauses->bound[key])
			ssm_bounds_values(&bounds, key, values, clauses->n[key], &error);
	}
	if (clauses->lower.bound)
		ssm_bounds_lower(&bounds, clauses->lower.at, clauses->lower.strict);
	if (clauses->upper.bound)
		ssm_bounds_upper(&bounds, clauses->upper.at, clauses->upper.strict);
	return bounds;
}

/*
 * Is the text among a key's values, if it has any?
 */
static bool
among(const Clauses *clauses, int key, const char *text)
{
	int			i;

	for (i = 0; i < clauses->n[key]; i++)
		if (strcmp(clauses->text[key][i], text) == 0)
			return true;
	return !clauses->bound[key];
}

/*
 * Does a row satisfy the clauses in a state?
 */
static bool
satisfies_in(const Clauses *clauses, const ModelRow *row, int state)
{
	const SsmTimeBound *lower = &clauses->lower;
	const SsmTimeBound *upper = &clauses->upper;

	return among(clauses, COMMAND_ID, row->command) &&
		among(clauses, INSTANCE_ID, row->instance) &&
		among(clauses, STATUS, states[state].status) &&
		among(clauses, STATUS_DETAILS, states[state].details) &&
		among(clauses, DOCUMENT_NAME, documents[row->document]) &&
		(!lower->bound || row->at > lower->at || (row->at == lower->at && !lower->strict)) &&
		(!upper->bound || row->at < upper->at || (row->at == upper->at && !upper->strict));
}

/*
 * Has a row satisfied the clauses at some time, or all the time?
 */
static bool
satisfies(const Clauses *clauses, const ModelRow *row, bool always)
{
	int			state;

	for (state = 0; state < lengthof(states); state++)
		if (row->had & 1 << state && satisfies_in(clauses, row, state) != always)
			return !always;
	return always;
}

#endif							/* SSM_TEST_CLAUSES_H */
