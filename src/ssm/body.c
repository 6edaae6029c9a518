/*
 * body.c
 *		A request as the service reads it, and as people do.
 */
#include "ssm/body.h"

#include <jansson.h>
#include <string.h>

#include "base/cancel.h"

/* A member or filter of a request: one of these says its value. */
typedef struct Part
{
	const char *name;
	SsmPlace	place;
	const SsmTerm *term;
	const char *time;			/* a known one, as text */
	const char *expression;		/* what is not known yet, for people */
} Part;

#define MAX_PARTS	(SSM_MAX_PARAMETERS + 2)

/*
 * Add a time filter to n parts, unless it is "".  Returns how many there are.
 */
static int
add_time(Part *parts, int n, const char *name, const char *time, const char *expression)
{
	if (time[0] == '\0' && expression == NULL)
		return n;
	parts[n] = (Part) {name, SSM_PLACE_FILTER, NULL, time, expression};
	return n + 1;
}

/*
 * What a request consists of, in order, with the time filters given: parts has
 * room for MAX_PARTS.  Returns how many there are.
 */
static int
list_parts(const SsmRequestSet *set, const SsmExpressions *expressions,
		   const char *after, const char *before, Part *parts)
{
	const SsmOperation *operation = set->operation;
	int			n = 0;
	int			i;

	for (i = 0; i < operation->nparameters; i++)
	{
		const SsmParameter *parameter = &operation->parameters[i];
		const char *expression = set->left_out[i] ? NULL : expressions->parameters[i];
		const SsmTerm *term = ssm_request_term(set, parameter);

		if ((expression || term) && !(n > 0 && strcmp(parts[n - 1].name, parameter->name) == 0))
			parts[n++] = (Part) {parameter->name, parameter->place, term, NULL, expression};
	}
	n = add_time(parts, n, operation->after, after, expressions->after);
	return add_time(parts, n, operation->before, before, expressions->before);
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
 * Add a part to the request's members or to its filters: one value, or where it
 * takes a list the values.  0 or, if malloc fails, -1.
 */
static int
build_part(const Part *part, const SsmValues *values, json_t *root, json_t *filters)
{
	json_t	   *list;
	int			failed = 0;
	int			i;

	if (part->place == SSM_PLACE_MEMBER)
		return json_object_set_new(root, part->name, json_string(values->values[0]));
	if (part->place == SSM_PLACE_FILTER)
		return json_array_append_new(filters, json_pack("{s:s,s:s}", "key", part->name, "value", values->values[0]));
	list = json_pack("[]");
	for (i = 0; !failed && i < values->n; i++)
		failed = json_array_append_new(list, json_string(values->values[i]));
	if (!failed)
		return json_array_append_new(filters, json_pack("{s:s,s:o}", "Key", part->name, "Values", list));
	json_decref(list);
	return -1;
}

/*
 * Build the n-th request in a window as a jansson object, or NULL.  json_object() itself
 * must not be called: the server has a function of that name (see lint).
 */
static json_t *
build_request(const SsmRequestSet *set, int64_t n, const SsmWindow *window, const char *token)
{
	static const SsmExpressions none;
	const SsmOperation *operation = set->operation;
	SsmWindowTexts times = ssm_window_texts(window);
	Part		parts[MAX_PARTS];
	int			nparts = list_parts(set, &none, times.after, times.before, parts);
	json_t	   *root = json_pack("{}");
	json_t	   *filters = json_pack("[]");
	int			failed = root == NULL || filters == NULL;
	int			i;

	for (i = 0; !failed && i < nparts; i++)
	{
		const SsmTerm *term = parts[i].term;
		SsmValues	values = term ? ssm_term_batch(term, ssm_request_place(set, n, term)) :
		(SsmValues) {true, 1, &parts[i].time};

		failed = build_part(&parts[i], &values, root, filters);
	}
	if (!failed && json_array_size(filters) > 0)
		failed = json_object_set(root, operation->filters, filters);
	if (!failed)
		failed = (operation->page_size && json_object_set_new(root, operation->page_size, json_integer(set->page_size))) ||
			(operation->details && json_object_set_new(root, operation->details, json_boolean(set->details))) ||
			(token && json_object_set_new(root, operation->token, json_string(token)));
	json_decref(filters);
	if (!failed)
		return root;
	json_decref(root);
	return NULL;
}

/*
 * Write the n-th request's body, for its first page in a window (token NULL) or a
 * later one.  The same request with another token differs in the token only.
 * body is overwritten.
 */
bool
ssm_body_write(const SsmRequestSet *set, int64_t n, const SsmWindow *window, const char *token,
			   SsmBuf *body, SsmError *error)
{
	json_t	   *root = build_request(set, n, window, token);
	bool		ok;

	ssm_buf_clear(body);
	ok = root && json_dump_callback(root, dump_to_buf, body, JSON_COMPACT) == 0;
	json_decref(root);
	return ok || ssm_fail_memory(error);
}

/*
 * Append a string in JSON.  The buffer notes a failure.
 */
static void
add_quoted(SsmBuf *out, const char *value)
{
	json_t	   *string = json_string(value);

	if (string == NULL || json_dump_callback(string, dump_to_buf, out, JSON_ENCODE_ANY) != 0)
		out->nomem = true;
	json_decref(string);
}

/*
 * Append all values that a term takes.  False on a cancel.
 */
static bool
add_values(SsmBuf *out, const SsmValues *values)
{
	int			i;

	if (values->n != 1)
		ssm_buf_puts(out, "any of [");
	for (i = 0; i < values->n; i++)
	{
		if (ssm_cancelled_at(i))
			return false;
		if (i > 0)
			ssm_buf_puts(out, ", ");
		add_quoted(out, values->values[i]);
	}
	if (values->n != 1)
		ssm_buf_puts(out, "]");
	return true;
}

/*
 * Append a part with its name.  False on a cancel.
 */
static bool
add_part(SsmBuf *out, const Part *part)
{
	ssm_buf_printf(out, "\"%s\": ", part->name);
	if (part->expression)
		ssm_buf_puts(out, part->expression);
	else if (part->term)
		return add_values(out, &part->term->values);
	else
		add_quoted(out, part->time);
	return true;
}

/*
 * Write the requests as one text for people, with all values that a part takes,
 * over the whole range of time.  text is overwritten.
 */
bool
ssm_body_describe(const SsmRequestSet *set, const SsmExpressions *expressions, SsmBuf *text, SsmError *error)
{
	const SsmOperation *operation = set->operation;
	SsmWindowTexts times = ssm_window_texts(&set->range);
	Part		parts[MAX_PARTS];
	int			nparts = list_parts(set, expressions, times.after, times.before, parts);
	bool		filters = false;
	int			i;

	ssm_buf_clear(text);
	ssm_buf_puts(text, "{");
	for (i = 0; i < nparts; i++)
	{
		if (i > 0)
			ssm_buf_puts(text, ", ");
		if (parts[i].place != SSM_PLACE_MEMBER && !filters)
			ssm_buf_printf(text, "\"%s\": {", operation->filters);
		filters |= parts[i].place != SSM_PLACE_MEMBER;
		if (!add_part(text, &parts[i]))
			return ssm_fail_cancelled(error);
	}
	if (filters)
		ssm_buf_puts(text, "}");
	if (operation->page_size)
		ssm_buf_printf(text, "%s\"%s\": %d", nparts > 0 ? ", " : "", operation->page_size, set->page_size);
	if (operation->details)
		ssm_buf_printf(text, ", \"%s\": %s", operation->details, set->details ? "true" : "false");
	ssm_buf_puts(text, "}");
	return ssm_buf_ok(text) || ssm_fail_memory(error);
}
