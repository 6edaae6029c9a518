/*
 * jsonb.c
 *		JSON text that has been checked to jsonb.
 *
 * jsonb_in would check the text again, copy every string several times and
 * build a tree of large nodes.  Here the places that the page's scan has noted
 * are written in the layout of utils/jsonb.h.  What comes out is, byte for byte,
 * what jsonb_in makes of the same text.
 */
#include "postgres.h"

#include "fdw/executor/jsonb.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

/* A member of an object, while the object's members are sorted. */
typedef struct Member
{
	const char *name;
	uint32		len;			/* bytes of name */
	uint32		item;			/* place of the name */
} Member;

struct SsmJsonb
{
	const char *text;			/* of the outermost value */
	const SsmJsonItem *items;	/* what is inside it */
	Member	   *members;		/* of the objects being written, as a stack */
	uint32		nmembers;
	uint32		maxmembers;
	StringInfoData out;			/* has room for everything */
};

/*
 * Beside its text, of which only broken bytes grow, an item takes at most a
 * JEntry, padding, and a container's or numeric's headers; a number's digits
 * take less than their text.
 */
#define ITEM_BYTES		24

/*
 * An item has at least two bytes of text, so up to this size no text makes a
 * jsonb whose length would not fit a JEntry.
 */
#define LARGEST_TEXT	(JENTRY_OFFLENMASK / 16)

/*
 * jsonb's order of names: by length, then by bytes.  Of equal ones the last in
 * the text comes first.
 */
static inline int
compare_members(const Member *a, const Member *b)
{
	int			order;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	order = memcmp(a->name, b->name, a->len);
	if (order != 0)
		return order;
	return a->item > b->item ? -1 : 1;
}

/*
 * Sort n members by merging, with room for as many behind them: whoever chooses
 * the names cannot choose an order that takes long, as with quicksort.
 */
static void
sort_members(Member *members, uint32 n)
{
	Member	   *from = members;
	Member	   *to = members + n;
	uint64		run;

	for (run = 1; run < n; run *= 2)
	{
		Member	   *spare = from;
		uint64		left = 0;
		uint64		right = 0;
		uint64		middle = 0;
		uint64		i;

		for (i = 0; i < n; i++)
		{
			if (i % (2 * run) == 0)
			{
				CHECK_FOR_INTERRUPTS();
				left = i;
				right = middle = Min(i + run, n);
			}
			if (right >= Min(middle + run, n) ||
				(left < middle && compare_members(&from[left], &from[right]) <= 0))
				to[i] = from[left++];
			else
				to[i] = from[right++];
		}
		from = to;
		to = spare;
	}
	if (from != members)
		memcpy(members, from, n * sizeof(Member));
}

/*
 * Make a converter.  It lives, and keeps what it needed for the largest value
 * so far, in the current context.
 */
SsmJsonb *
ssm_jsonb_create(void)
{
	SsmJsonb   *jsonb = palloc0(sizeof(SsmJsonb));

	jsonb->maxmembers = 64;
	jsonb->members = palloc(jsonb->maxmembers * sizeof(Member));
	initStringInfo(&jsonb->out);
	return jsonb;
}

/*
 * The value at a place.
 */
static SsmJsonValue
value_at(const SsmJsonb *jsonb, uint32 at)
{
	const SsmJsonItem *item = &jsonb->items[at];

	return (SsmJsonValue)
	{
		.text = jsonb->text + item->at, .len = item->len, .kind = item->kind, .flags = item->flags
	};
}

/*
 * How many values stand from one place up to another, those inside of them not
 * counted.
 */
static uint32
count_values(const SsmJsonb *jsonb, uint32 at, uint32 end)
{
	uint32		n;

	for (n = 0; at < end; n++)
		at = jsonb->items[at].next;
	return n;
}

/*
 * Append bytes to the output, which has room.
 */
static inline void
add_bytes(StringInfo out, const void *data, int len)
{
	memcpy(out->data + out->len, data, len);
	out->len += len;
}

/*
 * Pad the output to where integers are aligned.
 */
static void
pad(StringInfo out)
{
	while (out->len % ALIGNOF_INT != 0)
		out->data[out->len++] = '\0';
}

/*
 * Read a number of at most 18 digits, its exponent applied: it is *digits
 * divided by 10 to the power of *scale, which is the number of digits that
 * numeric_in would see behind the point.  False if it is longer.
 */
static bool
short_number(const SsmJsonValue *value, int64 *digits, int *scale)
{
	const char *end = value->text + value->len;
	const char *at = value->text + (*value->text == '-');
	bool		fraction = false;
	int			length = 0;
	int			exponent = 0;

	*digits = *scale = 0;
	for (; at < end && (*at | 0x20) != 'e'; at++)
	{
		if (*at == '.')
		{
			fraction = true;
			continue;
		}
		if (++length > 18)
			return false;
		*digits = *digits * 10 + (*at - '0');
		*scale += fraction;
	}
	if (at < end)
	{
		bool		negative = *++at == '-';

		for (at += negative || *at == '+'; at < end; at++)
			if ((exponent = exponent * 10 + (*at - '0')) > 99)
				return false;
		if (negative)
			exponent = -exponent;
	}
	*scale -= exponent;
	for (; *scale < 0; ++*scale)
	{
		if (++length > 18)
			return false;
		*digits *= 10;
	}
	if (*value->text == '-')
		*digits = -*digits;
	return true;
}

/*
 * A number as numeric_in makes it; short ones at a third of its cost.
 */
static Numeric
make_numeric(const SsmJsonValue *value)
{
	int64		digits;
	int			scale;

	if (short_number(value, &digits, &scale))
		return int64_div_fast_to_numeric(digits, scale);
	return DatumGetNumeric(DirectFunctionCall3(numeric_in,
											   CStringGetDatum(pnstrdup(value->text, value->len)),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

/*
 * Write a number; returns its JEntry.
 */
static JEntry
write_number(SsmJsonb *jsonb, const SsmJsonValue *value)
{
	StringInfo	out = &jsonb->out;
	int			start = out->len;
	Numeric		number = make_numeric(value);

	pad(out);
	add_bytes(out, number, VARSIZE(number));
	return JENTRY_ISNUMERIC | (out->len - start);
}

/*
 * Write a string without its quotes; returns its JEntry.
 */
static JEntry
write_string(SsmJsonb *jsonb, const SsmJsonValue *value)
{
	StringInfo	out = &jsonb->out;
	int			len;

	len = ssm_json_text(value, out->data + out->len);
	out->len += len;
	return JENTRY_ISSTRING | len;
}

/*
 * Write the header of a container and leave room for its JEntries; returns the
 * place of the first.
 */
static int
write_header(SsmJsonb *jsonb, uint32 header, uint32 entries)
{
	StringInfo	out = &jsonb->out;
	int			start;

	pad(out);
	add_bytes(out, &header, sizeof(header));
	start = out->len;
	out->len += entries * sizeof(JEntry);
	return start;
}

/*
 * Fill in a container's JEntry with that number.  *total, 0 before the first,
 * is the length of the children so far.
 */
static void
set_entry(SsmJsonb *jsonb, int start, uint32 number, JEntry entry, uint32 *total)
{
	*total += JBE_OFFLENFLD(entry);
	if (number % JB_OFFSET_STRIDE == 0)
		entry = (entry & JENTRY_TYPEMASK) | *total | JENTRY_HAS_OFF;
	memcpy(jsonb->out.data + start + number * sizeof(JEntry), &entry, sizeof(entry));
}

static JEntry write_value(SsmJsonb *jsonb, uint32 at);

/*
 * Write the array at that place.
 */
static void
write_array(SsmJsonb *jsonb, uint32 at)
{
	uint32		n = count_values(jsonb, at + 1, jsonb->items[at].next);
	int			start = write_header(jsonb, n | JB_FARRAY, n);
	uint32		total = 0;
	uint32		i;

	for (i = 0, at++; i < n; i++, at = jsonb->items[at].next)
		set_entry(jsonb, start, i, write_value(jsonb, at), &total);
}

/*
 * The member whose name is at a place; if it has to be decoded, that is
 * palloc'ed.
 */
static Member
make_member(const SsmJsonb *jsonb, uint32 at)
{
	SsmJsonValue name = value_at(jsonb, at);
	char	   *decoded;

	if (name.flags & (SSM_JSON_ESCAPES | SSM_JSON_BROKEN))
	{
		decoded = palloc(ssm_json_text_size(&name));
		name.len = ssm_json_text(&name, decoded);
		name.text = decoded;
	}
	return (Member) {.name = name.text, .len = name.len, .item = at};
}

/*
 * Push the members of the object at that place on the stack, sorted, and of
 * each name only the last one in the text; returns how many they are.
 */
static uint32
push_members(SsmJsonb *jsonb, uint32 at)
{
	uint32		children = count_values(jsonb, at + 1, jsonb->items[at].next) / 2;
	uint32		n = 0;
	uint32		i;
	Member	   *members;

	if ((jsonb->maxmembers - jsonb->nmembers) / 2 < children)
	{
		jsonb->maxmembers = (jsonb->nmembers + children * 2) * 2;
		jsonb->members = repalloc_huge(jsonb->members, (Size) jsonb->maxmembers * sizeof(Member));
	}
	members = jsonb->members + jsonb->nmembers;
	for (i = 0, at++; i < children; i++, at = jsonb->items[at + 1].next)
		members[i] = make_member(jsonb, at);
	sort_members(members, children);
	for (i = 0; i < children; i++)
		if (n == 0 || members[i].len != members[n - 1].len ||
			memcmp(members[i].name, members[n - 1].name, members[i].len) != 0)
			members[n++] = members[i];
	jsonb->nmembers += n;
	return n;
}

/*
 * Write the object at that place: all names, then all values.
 */
static void
write_object(SsmJsonb *jsonb, uint32 at)
{
	uint32		first = jsonb->nmembers;
	uint32		n = push_members(jsonb, at);
	int			start = write_header(jsonb, n | JB_FOBJECT, n * 2);
	uint32		total = 0;
	uint32		i;

	for (i = 0; i < n; i++)
	{
		const Member *member = &jsonb->members[first + i];

		add_bytes(&jsonb->out, member->name, member->len);
		set_entry(jsonb, start, i, JENTRY_ISSTRING | member->len, &total);
	}
	for (i = 0; i < n; i++)
		set_entry(jsonb, start, n + i,
				  write_value(jsonb, jsonb->members[first + i].item + 1), &total);
	jsonb->nmembers = first;
}

/*
 * Write the value at that place; returns its JEntry, with its length.
 */
static JEntry
write_value(SsmJsonb *jsonb, uint32 at)
{
	SsmJsonValue value = value_at(jsonb, at);
	int			start = jsonb->out.len;

	CHECK_FOR_INTERRUPTS();
	switch (value.kind)
	{
		case SSM_JSON_STRING:
			return write_string(jsonb, &value);
		case SSM_JSON_NUMBER:
			return write_number(jsonb, &value);
		case SSM_JSON_BOOL:
			return *value.text == 't' ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
		case SSM_JSON_OBJECT:
			write_object(jsonb, at);
			break;
		case SSM_JSON_ARRAY:
			write_array(jsonb, at);
			break;
		default:
			return JENTRY_ISNULL;
	}
	return JENTRY_ISCONTAINER | (jsonb->out.len - start);
}

/*
 * Convert a value that has been noted; the database's encoding is UTF-8 or
 * none.  palloc'ed.  NULL if it is so large that its jsonb might be too large:
 * then it is jsonb_in's to judge.  A number that numeric cannot hold is an error.
 */
Jsonb *
ssm_jsonb_make(SsmJsonb *jsonb, const SsmJsonValue *value)
{
	StringInfo	out = &jsonb->out;
	uint32		total = 0;
	int			start;
	Jsonb	   *result;

	if (value->len > LARGEST_TEXT)
		return NULL;
	jsonb->text = value->text;
	jsonb->items = value->noted.items;
	jsonb->nmembers = 0;
	resetStringInfo(out);
	enlargeStringInfo(out, VARHDRSZ + ssm_json_text_size(value) + jsonb->items->next * ITEM_BYTES);
	out->len = VARHDRSZ;
	if (value->kind == SSM_JSON_OBJECT || value->kind == SSM_JSON_ARRAY)
		write_value(jsonb, 0);
	else
	{
		start = write_header(jsonb, 1 | JB_FARRAY | JB_FSCALAR, 1);
		set_entry(jsonb, start, 0, write_value(jsonb, 0), &total);
	}
	result = palloc(out->len);
	memcpy(result, out->data, out->len);
	SET_VARSIZE(result, out->len);
	return result;
}
