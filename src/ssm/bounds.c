/*
 * bounds.c
 *		What the WHERE clauses say of the rows wanted.
 */
#include "ssm/bounds.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"

/*
 * Order two elements of an array of strings, for bsearch.
 */
static int
compare_values(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/*
 * Merge two sorted runs, from first to middle and from there to end, into the
 * same places of another array.  False if that is not wanted any more.
 */
static bool
merge_runs(const char **from, const char **to, size_t first, size_t middle, size_t end)
{
	size_t		left = first;
	size_t		right = middle;
	size_t		i;

	for (i = first; i < end; i++)
	{
		bool		takes_left = left < middle &&
		(right >= end || strcmp(from[left], from[right]) <= 0);

		to[i] = from[takes_left ? left++ : right++];
		if (ssm_cancelled_at(i))
			return false;
	}
	return true;
}

/*
 * Sort an array of strings by merging: lists may have millions of values, and
 * qsort cannot be left.
 */
static bool
sort_values(SsmValues *values, SsmError *error)
{
	size_t		n = values->n;
	const char **from = values->values;
	const char **to = malloc(sizeof(char *) * (n + 1));
	const char **spare;
	size_t		run;
	size_t		first;
	bool		wanted = true;

	if (to == NULL)
		return ssm_fail_memory(error);
	for (run = 1; run < n && wanted; run *= 2)
	{
		for (first = 0; first < n && wanted; first += 2 * run)
			wanted = merge_runs(from, to, first,
								first + run < n ? first + run : n,
								first + 2 * run < n ? first + 2 * run : n);
		spare = from;
		from = to;
		to = spare;
	}
	values->values = from;
	free(to);
	return wanted || ssm_fail_cancelled(error);
}

/*
 * Sort values and leave each once.  Their array is malloc'ed, and may become
 * another.
 */
bool
ssm_values_sort(SsmValues *values, SsmError *error)
{
	int			i;
	int			n = 0;

	if (values->n > 1 && !sort_values(values, error))
		return false;
	for (i = 0; i < values->n; i++)
		if (n == 0 || strcmp(values->values[n - 1], values->values[i]) != 0)
			values->values[n++] = values->values[i];
	values->n = n;
	return true;
}

/*
 * Is the value among them?
 */
bool
ssm_values_has(const SsmValues *values, const char *value)
{
	return values->n > 0 &&
		bsearch(&value, values->values, values->n, sizeof(char *), compare_values) != NULL;
}

/*
 * Leave those values that are among others, too.
 */
static bool
intersect(SsmValues *values, const SsmValues *others, SsmError *error)
{
	int			n = 0;
	int			i;

	for (i = 0; i < values->n; i++)
	{
		if (ssm_values_has(others, values->values[i]))
			values->values[n++] = values->values[i];
		if (ssm_cancelled_at(i))
			return ssm_fail_cancelled(error);
	}
	values->n = n;
	return true;
}

/*
 * Narrow a parameter to the n values given, in any order, which is what it was
 * narrowed to before and these.  No value left makes the bounds impossible.
 * The strings must outlive the bounds; the array is copied.
 */
bool
ssm_bounds_values(SsmBounds *bounds, int parameter, const char **values, int n, SsmError *error)
{
	SsmValues  *had = &bounds->values[parameter];
	SsmValues	new = {true, n, NULL};

	new.values = malloc(sizeof(char *) * (n + 1));
	if (new.values == NULL)
		return ssm_fail_memory(error);
	if (n > 0)
		memcpy(new.values, values, sizeof(char *) * n);
	if (!ssm_values_sort(&new, error) || (had->bound && !intersect(&new, had, error)))
	{
		free(new.values);
		return false;
	}
	free(had->values);
	had->bound = true;
	had->n = new.n;
	had->values = new.values;
	if (new.n == 0)
		bounds->impossible = true;
	return true;
}

/*
 * An empty range of time is a contradiction.
 */
static void
check_range(SsmBounds *bounds)
{
	if (bounds->lower.bound && bounds->upper.bound &&
		(bounds->lower.at > bounds->upper.at ||
		 (bounds->lower.at == bounds->upper.at &&
		  (bounds->lower.strict || bounds->upper.strict))))
		bounds->impossible = true;
}

/*
 * Narrow the range of time from below.
 */
void
ssm_bounds_lower(SsmBounds *bounds, int64_t at, bool strict)
{
	SsmTimeBound *lower = &bounds->lower;

	if (!lower->bound || at > lower->at || (at == lower->at && strict))
	{
		lower->bound = true;
		lower->strict = strict;
		lower->at = at;
	}
	check_range(bounds);
}

/*
 * Narrow the range of time from above.
 */
void
ssm_bounds_upper(SsmBounds *bounds, int64_t at, bool strict)
{
	SsmTimeBound *upper = &bounds->upper;

	if (!upper->bound || at < upper->at || (at == upper->at && strict))
	{
		upper->bound = true;
		upper->strict = strict;
		upper->at = at;
	}
	check_range(bounds);
}

/*
 * Release the arrays of values.
 */
void
ssm_bounds_free(SsmBounds *bounds)
{
	int			i;

	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
		free(bounds->values[i].values);
	memset(bounds, 0, sizeof(*bounds));
}
