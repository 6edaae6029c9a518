/*
 * request.c
 *		Bounds on columns to disjoint requests.
 *
 * A request may return more rows than wanted, never fewer: PostgreSQL checks
 * every clause again.  Where it is not certain that a value narrows the answer
 * rightly, it is not sent.
 */
#include "ssm/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"

/*
 * The number of a parameter's values that the requests name, or will name; 0 if
 * none.
 */
static int
count_named(const SsmRequestSet *set, const SsmBounds *bounds, int place)
{
	const SsmTerm *term = ssm_request_term(set, &set->operation->parameters[place]);
	int			later = bounds->later[place];

	if (set->left_out[place])
		return 0;
	if (term == NULL)
		return later;
	return later > 0 && later < term->values.n ? later : term->values.n;
}

/*
 * Is a parameter of that name named, or will it be?
 */
static bool
is_named(const SsmRequestSet *set, const SsmBounds *bounds, const char *name)
{
	int			i;

	for (i = 0; i < set->operation->nparameters; i++)
		if (strcmp(set->operation->parameters[i].name, name) == 0 && count_named(set, bounds, i) > 0)
			return true;
	return false;
}

/*
 * May this parameter be sent, given the terms before it?  One parameter of a
 * name is, and no value that excludes another parameter which is.
 */
static bool
is_allowed(const SsmRequestSet *set, const SsmBounds *bounds, int place, const SsmRequestStyle *style)
{
	const SsmParameter *parameter = &set->operation->parameters[place];
	const SsmValues *values = &bounds->values[place];
	int			i;

	if (!values->bound || set->left_out[place] ||
		(parameter->status_filter && style->status_filter == SSM_STATUS_OFF))
		return false;
	for (i = 0; i < set->nterms; i++)
		if (strcmp(set->terms[i].parameter->name, parameter->name) == 0 ||
			set->terms[i].parameter->instead == parameter)
			return false;
	for (i = 0; i < values->n && parameter->words; i++)
	{
		const SsmWord *word = ssm_parameter_word(parameter, values->values[i]);

		if (word && word->not_with && is_named(set, bounds, word->not_with))
			return false;
	}
	return true;
}

/*
 * Add a term without values, with room for that many.  NULL if malloc fails.
 */
static SsmTerm *
add_term(SsmRequestSet *set, int place, int room)
{
	SsmTerm    *term = &set->terms[set->nterms];

	memset(term, 0, sizeof(*term));
	term->parameter = &set->operation->parameters[place];
	term->place = place;
	term->values.bound = true;
	term->values.values = calloc(room + 1, sizeof(char *));
	if (term->values.values == NULL)
		return NULL;
	set->nterms++;
	return term;
}

/*
 * Take the last term out again.
 */
static void
drop_last_term(SsmRequestSet *set)
{
	free(set->terms[--set->nterms].values.values);
}

/*
 * Turn what bounds a parameter into a term, if every value can be sent.  If no row
 * can have any, set->count becomes 0.
 */
static bool
plan_parameter(SsmRequestSet *set, const SsmBounds *bounds, int place,
			   const SsmRequestStyle *style, SsmError *error)
{
	const SsmParameter *parameter = &set->operation->parameters[place];
	bool		expanded = parameter->status_filter && style->status_filter == SSM_STATUS_EXPANDED;
	SsmTerm    *term = add_term(set, place, bounds->values[place].n + SSM_MAX_EXPANDED);
	bool		send;

	if (term == NULL)
		return ssm_fail_memory(error);
	if (!ssm_term_fill(term, &bounds->values[place], expanded, &send, error))
		return false;
	if (term->values.n == 0)
		set->count = 0;
	else if (!send)
	{
		drop_last_term(set);
		return true;
	}
	set->overlap |= term->shared;
	set->sent[place] = true;
	return true;
}

/*
 * The parameter's word that stands for all of some values, or NULL.
 */
static const SsmWord *
find_sum(const SsmParameter *parameter, const SsmValues *values)
{
	const SsmWord *word;

	for (word = parameter->words; word->word; word++)
	{
		const char *const *summed;
		int			n = 0;

		for (summed = word->sums_up; *summed; summed++)
			n += ssm_values_has(values, *summed);
		if (n == values->n)
			return word;
	}
	return NULL;
}

/*
 * Ask for several values of another parameter by one word, if there is one that
 * stands for all of them: one request instead of one for each.
 */
static bool
plan_sum(SsmRequestSet *set, const SsmBounds *bounds, int place,
		 const SsmRequestStyle *style, SsmError *error)
{
	const SsmParameter *parameter = &set->operation->parameters[place];
	int			summed = ssm_operation_place(set->operation, parameter->instead);
	const SsmValues *values = &bounds->values[summed];
	const SsmWord *word;
	SsmTerm    *term;

	if (values->n < 2 || !is_allowed(set, bounds, summed, style))
		return true;
	word = find_sum(parameter, values);
	if (word == NULL)
		return true;
	term = add_term(set, place, 1);
	if (term == NULL)
		return ssm_fail_memory(error);
	term->values.values[term->values.n++] = word->word;
	set->sent[place] = set->sent[summed] = true;
	return true;
}

/*
 * Let the values of the term that has live ones change slowest, so that the
 * requests of each are a group.
 */
static void
move_live(SsmRequestSet *set)
{
	int			i;

	for (i = 0; i < set->nterms; i++)
	{
		SsmTerm		live = set->terms[i];

		if (live.live == 0)
			continue;
		memmove(set->terms + 1, set->terms, sizeof(SsmTerm) * i);
		set->terms[0] = live;
		return;
	}
}

/*
 * Make the terms, or set->count 0.
 */
static bool
plan_terms(SsmRequestSet *set, const SsmBounds *bounds, const SsmRequestStyle *style, SsmError *error)
{
	bool		ok = true;
	int			i;

	set->count = bounds->impossible ? 0 : 1;
	set->overlap = false;
	set->missing = NULL;
	memset(set->sent, 0, sizeof(set->sent));
	while (set->nterms > 0)
		drop_last_term(set);
	for (i = 0; ok && set->count && i < set->operation->nparameters; i++)
	{
		if (set->operation->parameters[i].instead)
			ok = plan_sum(set, bounds, i, style, error);
		else if (is_allowed(set, bounds, i, style))
			ok = plan_parameter(set, bounds, i, style, error);
		if (set->operation->parameters[i].required && !set->sent[i] && set->missing == NULL)
			set->missing = &set->operation->parameters[i];
	}
	move_live(set);
	return ok;
}

/*
 * Given the terms: should some lists rather be left out?  Notes which.
 */
static bool
leave_out(SsmRequestSet *set, const SsmBounds *bounds, const SsmRequestStyle *style)
{
	const SsmParameter *parameters = set->operation->parameters;
	double		ids[SSM_MAX_PARAMETERS] = {0};
	double		others = 1;
	bool		any = false;
	SsmChoice	choice;
	int			i;

	if (set->count == 0 || style->estimate.rows <= 0)
		return false;
	for (i = 0; i < set->operation->nparameters; i++)
		if (parameters[i].id)
			ids[i] = count_named(set, bounds, i);
	for (i = 0; i < set->nterms; i++)
		if (!set->terms[i].parameter->id)
			others *= ssm_term_requests(&set->terms[i]);
	choice = ssm_estimate_choose(set->operation, &style->estimate, ids, others, style->must, style->page_size);
	for (i = 0; i < set->operation->nparameters; i++)
	{
		if (parameters[i].id)
			set->left_out[i] = ids[i] > 0 && !(choice.ids & 1u << i);
		else
			set->left_out[i] = bounds->values[i].n > ssm_parameter_batch(&parameters[i]) && !choice.others;
		any |= set->left_out[i];
	}
	return any;
}

/*
 * Choose the range of time, and multiply the terms' values; more requests than an
 * int64 counts is no sane scan.  Only requests that name no id read so much that
 * it may pay to cut them, if the API can.
 */
static bool
count_requests(SsmRequestSet *set, const SsmBounds *bounds, const SsmRequestStyle *style, SsmError *error)
{
	bool		ids = false;
	int			i;

	for (i = 0; i < set->operation->nparameters; i++)
		ids |= set->operation->parameters[i].id && count_named(set, bounds, i) > 0;
	set->range = ssm_window_range(bounds, style->slack);
	if (!ids && style->now != 0 && set->operation->time)
		set->kept = ssm_window_kept(&set->range, style->now);
	for (i = 0; i < set->nterms; i++)
		if (__builtin_mul_overflow(set->count, ssm_term_requests(&set->terms[i]), &set->count))
			return ssm_fail(error, SSM_ERROR_LIMIT, "the lists make too many requests");
	if (set->nterms > 0 && set->terms[0].live > 0)
	{
		set->group = set->count / ssm_term_requests(&set->terms[0]);
		set->groups = set->terms[0].live;
	}
	return true;
}

/*
 * Make the requests that bring every row within the bounds.  *set is
 * overwritten; it refers to the bounds' strings, so these must outlive it, and
 * it must not be moved in memory.  On failure there is nothing to free.
 */
bool
ssm_request_plan(SsmRequestSet *set, const SsmOperation *operation, const SsmBounds *bounds,
				 const SsmRequestStyle *style, SsmError *error)
{
	bool		ok;

	memset(set, 0, sizeof(*set));
	set->operation = operation;
	set->page_size = style->page_size;
	set->details = style->details;
	ok = plan_terms(set, bounds, style, error);
	if (ok && leave_out(set, bounds, style))
		ok = plan_terms(set, bounds, style, error);
	else if (style->limit > 0 && style->limit < style->page_size)
		set->page_size = style->limit > operation->least_page ? style->limit : operation->least_page;
	ok = ok && count_requests(set, bounds, style, error);
	if (!ok)
		ssm_request_free(set);
	return ok;
}

/*
 * The parameter's term, or NULL if it is not sent.
 */
const SsmTerm *
ssm_request_term(const SsmRequestSet *set, const SsmParameter *parameter)
{
	int			i;

	for (i = 0; i < set->nterms; i++)
		if (set->terms[i].parameter == parameter)
			return &set->terms[i];
	return NULL;
}

/*
 * Which of a term's requests the n-th request is.  The last term's values change
 * fastest.
 */
int
ssm_request_place(const SsmRequestSet *set, int64_t n, const SsmTerm *term)
{
	const SsmTerm *other;

	for (other = &set->terms[set->nterms - 1]; other > term; other--)
		n /= ssm_term_requests(other);
	return n % ssm_term_requests(term);
}

/*
 * Release the terms.  Does nothing to a zeroed set.
 */
void
ssm_request_free(SsmRequestSet *set)
{
	while (set->nterms > 0)
		drop_last_term(set);
	memset(set, 0, sizeof(*set));
}
