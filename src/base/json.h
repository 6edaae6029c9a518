/*
 * json.h
 *		Scan JSON text in place.
 *
 * No tree is built, nothing is copied, and numbers keep their source text.
 */
#ifndef SSM_BASE_JSON_H
#define SSM_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum SsmJsonKind
{
	SSM_JSON_NULL = 0,			/* absent, or null: AWS JSON treats them alike */
	SSM_JSON_STRING,
	SSM_JSON_NUMBER,
	SSM_JSON_BOOL,
	SSM_JSON_OBJECT,
	SSM_JSON_ARRAY
} SsmJsonKind;

/* What the strings in a value hold, beside plain ASCII. */
#define SSM_JSON_ESCAPES	0x01	/* a backslash */
#define SSM_JSON_WIDE		0x02	/* raw, escaped or broken, what stands for
									 * a character over U+007F */
#define SSM_JSON_BROKEN		0x04	/* \u0000, lone surrogate, invalid UTF-8 */
#define SSM_JSON_NOTED		0x08	/* not of strings: noted with what is
									 * inside */

/*
 * A value inside a noted one.  They stand in the text's order, the outermost
 * first; a member's name stands before its value.
 */
typedef struct SsmJsonItem
{
	uint32_t	at;				/* bytes from the outermost one's text */
	uint32_t	len;			/* bytes of text */
	uint32_t	next;			/* place behind it and all that is inside */
	uint8_t		kind;			/* SsmJsonKind */
	uint8_t		flags;			/* SSM_JSON_… of all strings inside */
} SsmJsonItem;

/* Items noted so far, of several outermost values.  Zeroed, there are none. */
typedef struct SsmJsonItems
{
	SsmJsonItem *items;
	uint32_t	n;
	uint32_t	size;			/* items allocated */
	uint32_t	first;			/* place of the newest outermost one */
	const char *text;			/* its text */
} SsmJsonItems;

/* A value's place in the text. */
typedef struct SsmJsonValue
{
	const char *text;			/* source text; a string's without its quotes */
	uint32_t	len;			/* bytes of text */
	uint8_t		kind;			/* SsmJsonKind */
	uint8_t		flags;			/* SSM_JSON_… of all strings inside */
	union						/* with SSM_JSON_NOTED */
	{
		uint32_t	place;		/* among the items, until these are complete */
		const SsmJsonItem *items;	/* then itself and what is inside */
	}			noted;
} SsmJsonValue;

#define SSM_JSON_MAX_DEPTH	64

/* Where a scan stands in its text. */
typedef struct SsmScanner
{
	const char *at;
	const char *end;
	const char *look;			/* from there on it looks for a cancel; NULL:
								 * at once */
	SsmJsonItems *items;		/* notes what is scanned, or NULL */
	size_t		values;			/* scanned so far */
	size_t		max_values;		/* more are SSM_ERROR_LIMIT; 0: any number */
	SsmErrorKind why;			/* of a failure, if the text may be all right */
} SsmScanner;

extern bool ssm_scan_stop(SsmScanner *s, SsmErrorKind why);
extern bool ssm_scan_space(SsmScanner *s);
extern bool ssm_scan_byte(SsmScanner *s, char c);
extern bool ssm_scan_word(SsmScanner *s, const char *word);
extern int	ssm_scan_item(SsmScanner *s, char close, bool *first);
extern bool ssm_scan_name(SsmScanner *s, SsmJsonValue *name);
extern bool ssm_scan_value(SsmScanner *s, SsmJsonValue *value, int depth);
extern bool ssm_scan_noted(SsmScanner *s, SsmJsonItems *items, SsmJsonValue *value, int depth);

#endif							/* SSM_BASE_JSON_H */
