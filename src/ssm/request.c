/*
 * request.c
 *		Bounds on columns to disjoint requests; request to body.
 *
 * A request may return more rows than wanted, never fewer: PostgreSQL checks
 * every clause again.  Where it is not certain that a value narrows the answer
 * rightly, it is not sent.
 */
#include "ssm/request.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"

/* What "expanded" asks for besides the status itself. */
static const struct
{
	const char *status;
	const char *also;
}			status_expansions[] = {
	{"Cancelled", "Terminated"},
	{"Failed", "AccessDenied"},
	{"Failed", "InvalidPlatform"},
	{"Failed", "Terminated"},
	{"Failed", "Undeliverable"},
};

#define LENGTH(array)	((int) (sizeof(array) / sizeof((array)[0])))

/*
 * Add a term without values, with room for that many.  NULL if malloc fails.
 */
static SsmTerm *
add_term(SsmRequestSet *set, SsmKey key, int room)
{
	SsmTerm    *term = &set->terms[set->nterms];

	term->key = key;
	term->place = ssm_key_place(key);
	term->shared = false;
	term->values.bound = true;
	term->values.n = 0;
	term->values.values = malloc(sizeof(char *) * (room + 1));
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
 * Add what "expanded" asks for besides the values already there.
 */
static bool
expand_status(SsmRequestSet *set, SsmTerm *term, SsmError *error)
{
	SsmValues  *values = &term->values;
	int			n = values->n;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
		for (j = 0; j < LENGTH(status_expansions); j++)
			if (strcmp(values->values[i], status_expansions[j].status) == 0)
				values->values[values->n++] = status_expansions[j].also;
	term->shared = values->n > n;
	set->overlap |= term->shared;
	return ssm_values_sort(values, error);
}

/*
 * Turn one key's bound into a term, if every value can be sent.  Values that
 * no row can have drop out; if that leaves none, set->count becomes 0.
 *
 * "expanded" is for a service that may compare details only.  All details of a
 * final status are known, but not those of one that goes on: what is Pending
 * may have the details Delayed.  So it sends no such status.
 */
static bool
plan_key(SsmRequestSet *set, const SsmBounds *bounds, SsmKey key,
		 const SsmRequestStyle *style, SsmError *error)
{
	const SsmValues *values = &bounds->keys[key];
	bool		expanded = key == SSM_KEY_STATUS && style->status_filter == SSM_STATUS_EXPANDED;
	bool		send = true;
	bool		alone = false;
	bool		live = false;
	SsmTerm    *term;
	int			i;

	term = add_term(set, key, values->n + LENGTH(status_expansions));
	if (term == NULL)
		return ssm_fail_memory(error);
	for (i = 0; i < values->n; i++)
	{
		SsmFit		fit = ssm_key_fit(key, values->values[i]);

		if (ssm_cancelled_at(i))
			return ssm_fail_cancelled(error);
		if (fit == SSM_FIT_NEVER)
			continue;
		send &= fit != SSM_FIT_LOCAL;
		alone |= fit == SSM_FIT_ALONE;
		live |= !ssm_status_final(values->values[i]);
		term->values.values[term->values.n++] = values->values[i];
	}
	if (term->values.n == 0)
		set->count = 0;
	else if (!send || (alone && term->values.n > 1) || (expanded && live))
	{
		drop_last_term(set);
		return true;
	}
	else if (expanded && !expand_status(set, term, error))
		return false;
	set->sent[key] = true;
	return true;
}

/*
 * How many ids of that key the requests name, or will name; 0 if none.
 */
static int
count_ids(const SsmRequestSet *set, const SsmBounds *bounds, SsmKey key)
{
	const SsmTerm *term = ssm_request_term(set, ssm_key_place(key).name);
	int			later = bounds->later[key];

	if (set->left_out[key])
		return 0;
	if (term == NULL)
		return later;
	return later > 0 && later < term->values.n ? later : term->values.n;
}

/*
 * May this key be sent, given the terms before it?  A request has one Status
 * filter at most, and a managed node's id cannot go with Status=Pending (AWS's
 * documentation of InstanceId).
 */
static bool
key_allowed(const SsmRequestSet *set, const SsmBounds *bounds, SsmKey key,
			const SsmRequestStyle *style)
{
	const SsmValues *values = &bounds->keys[key];

	if (!values->bound || set->left_out[key])
		return false;
	if (key != SSM_KEY_STATUS && key != SSM_KEY_STATUS_DETAILS)
		return true;
	if (style->status_filter == SSM_STATUS_OFF || ssm_request_term(set, "Status"))
		return false;
	return !(count_ids(set, bounds, SSM_KEY_INSTANCE_ID) > 0 &&
			 values->n == 1 && strcmp(values->values[0], "Pending") == 0);
}

/*
 * Make the terms, or set->count 0.
 */
static bool
plan_terms(SsmRequestSet *set, const SsmBounds *bounds, const SsmRequestStyle *style, SsmError *error)
{
	bool		ok = true;
	int			key;

	set->count = bounds->impossible ? 0 : 1;
	set->overlap = false;
	memset(set->sent, 0, sizeof(set->sent));
	while (set->nterms > 0)
		drop_last_term(set);
	for (key = 0; ok && set->count && key < SSM_KEY_COUNT; key++)
		if (key_allowed(set, bounds, key, style))
			ok = plan_key(set, bounds, key, style, error);
	return ok;
}

/*
 * Given the terms: should some rather be left out?  Notes which.
 */
static bool
leave_out(SsmRequestSet *set, const SsmBounds *bounds, const SsmRequestStyle *style)
{
	int			commands = count_ids(set, bounds, SSM_KEY_COMMAND_ID);
	int			instances = count_ids(set, bounds, SSM_KEY_INSTANCE_ID);
	const SsmTerm *statuses = ssm_request_term(set, "Status");
	SsmNaming	naming;

	if (set->count == 0 || style->estimate.rows <= 0)
		return false;
	naming = ssm_estimate_naming(&style->estimate, commands, instances, statuses ? statuses->values.n : 1,
								 style->instances_must, style->max_results);
	set->left_out[SSM_KEY_COMMAND_ID] = commands > 0 && !naming.commands;
	set->left_out[SSM_KEY_INSTANCE_ID] = instances > 0 && !naming.instances;
	set->left_out[SSM_KEY_STATUS] = bounds->keys[SSM_KEY_STATUS].bound && !naming.statuses;
	set->left_out[SSM_KEY_STATUS_DETAILS] = bounds->keys[SSM_KEY_STATUS_DETAILS].bound && !naming.statuses;
	return !naming.statuses || set->left_out[SSM_KEY_COMMAND_ID] || set->left_out[SSM_KEY_INSTANCE_ID];
}

/*
 * Choose the windows, and multiply the terms with them; more requests than an
 * int64 counts is no sane scan.  Only requests that name no id read so much
 * that it pays to cut them.
 */
static bool
count_requests(SsmRequestSet *set, const SsmBounds *bounds, const SsmRequestStyle *style, SsmError *error)
{
	bool		ids = count_ids(set, bounds, SSM_KEY_COMMAND_ID) > 0 ||
	count_ids(set, bounds, SSM_KEY_INSTANCE_ID) > 0;
	int			i;

	ssm_window_plan(&set->windows, bounds, style->slack, ids ? 1 : style->windows, style->now);
	set->count *= set->windows.n;
	set->overlap |= set->windows.n > 1;

	for (i = 0; i < set->nterms; i++)
		if (__builtin_mul_overflow(set->count, set->terms[i].values.n, &set->count))
			return ssm_fail(error, SSM_ERROR_LIMIT, "the lists make too many requests");
	return true;
}

/*
 * Make the requests that bring every row within the bounds.  *set is
 * overwritten; it refers to the bounds' strings, so these must outlive it, and
 * it must not be moved in memory.  On failure there is nothing to free.
 */
bool
ssm_request_plan(SsmRequestSet *set, const SsmBounds *bounds, const SsmRequestStyle *style, SsmError *error)
{
	bool		ok;

	memset(set, 0, sizeof(*set));
	set->max_results = style->max_results;
	set->details = style->details;
	ok = plan_terms(set, bounds, style, error);
	if (ok && leave_out(set, bounds, style))
		ok = plan_terms(set, bounds, style, error);
	else if (style->limit > 0 && style->limit < style->max_results)
		set->max_results = style->limit;
	ok = ok && count_requests(set, bounds, style, error);
	if (!ok)
		ssm_request_free(set);
	return ok;
}

/*
 * The term of that API name, or NULL.
 */
const SsmTerm *
ssm_request_term(const SsmRequestSet *set, const char *name)
{
	int			i;

	for (i = 0; i < set->nterms; i++)
		if (strcmp(set->terms[i].place.name, name) == 0)
			return &set->terms[i];
	return NULL;
}

/*
 * Which of the windows the n-th request reads.  They change last, so that those
 * under way at once are neighbours.
 */
int
ssm_request_window(const SsmRequestSet *set, int64_t n)
{
	return n / (set->count / set->windows.n);
}

/*
 * Which of a term's values the n-th request has.  The last term's values change
 * fastest.
 */
int
ssm_request_place(const SsmRequestSet *set, int64_t n, const SsmTerm *term)
{
	const SsmTerm *other;

	for (other = &set->terms[set->nterms - 1]; other > term; other--)
		n /= other->values.n;
	return n % term->values.n;
}

/*
 * The value that the n-th request has for a term, or NULL if it has none.
 */
const char *
ssm_request_value(const SsmRequestSet *set, int64_t n, const char *name)
{
	const SsmTerm *term = ssm_request_term(set, name);

	return term ? term->values.values[ssm_request_place(set, n, term)] : NULL;
}

/*
 * Append to an SsmBuf, as json_dump_callback wants it.
 */
static int
dump_to_buf(const char *text, size_t len, void *buf)
{
	return ssm_buf_add(buf, text, len) ? 0 : -1;
}

/*
 * Append a filter to an array, unless its value is "".  0 or, if malloc fails,
 * -1.
 */
static int
append_filter(json_t *filters, const char *key, const char *value)
{
	if (value[0] == '\0')
		return 0;
	return json_array_append_new(filters, json_pack("{s:s,s:s}", "key", key, "value", value));
}

/*
 * Build the n-th request as a jansson object, or NULL.  json_object() itself
 * must not be called: the server has a function of that name (see lint).
 */
static json_t *
build_request(const SsmRequestSet *set, int64_t n, const char *token)
{
	json_t	   *root = json_pack("{}");
	json_t	   *filters = json_pack("[]");
	const SsmWindow *window = &set->windows.windows[ssm_request_window(set, n)];
	int			failed = root == NULL || filters == NULL;
	int			i;

	for (i = 0; !failed && i < set->nterms; i++)
	{
		const SsmTerm *term = &set->terms[i];
		const char *value = term->values.values[ssm_request_place(set, n, term)];

		if (term->place.filter)
			failed = append_filter(filters, term->place.name, value);
		else
			failed = json_object_set_new(root, term->place.name, json_string(value));
	}
	failed = failed || append_filter(filters, "InvokedAfter", window->after) ||
		append_filter(filters, "InvokedBefore", window->before);
	if (!failed && json_array_size(filters) > 0)
		failed = json_object_set(root, "Filters", filters);
	if (!failed)
		failed = json_object_set_new(root, "MaxResults", json_integer(set->max_results)) ||
			json_object_set_new(root, "Details", json_boolean(set->details)) ||
			(token && json_object_set_new(root, "NextToken", json_string(token)));
	json_decref(filters);
	if (!failed)
		return root;
	json_decref(root);
	return NULL;
}

/*
 * Write the n-th request's body, for its first page (token NULL) or a later
 * one.  The same request with another token differs in the token only.  body
 * is overwritten.
 */
bool
ssm_request_body(const SsmRequestSet *set, int64_t n, const char *token, SsmBuf *body, SsmError *error)
{
	json_t	   *root = build_request(set, n, token);
	bool		ok;

	ssm_buf_clear(body);
	ok = root && json_dump_callback(root, dump_to_buf, body, JSON_COMPACT) == 0;
	json_decref(root);
	return ok || ssm_fail_memory(error);
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
