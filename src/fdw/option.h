/*
 * option.h
 *		One option: the values that it takes.
 */
#ifndef SSM_FDW_OPTION_H
#define SSM_FDW_OPTION_H

#include "nodes/parsenodes.h"

typedef enum SsmOptionKind
{
	SSM_OPTION_TEXT,			/* char *: anything but "" that check takes */
	SSM_OPTION_SECRET,			/* the same; never shown */
	SSM_OPTION_BOOL,			/* bool */
	SSM_OPTION_FLAG,			/* SsmFlag */
	SSM_OPTION_WORD,			/* int: place in words */
	SSM_OPTION_OPERATION,		/* SsmOperation *: of that name */
	SSM_OPTION_INT,				/* int: min to max */
	SSM_OPTION_COUNT,			/* int64: min to max */
	SSM_OPTION_TIME,			/* int64: microseconds, min to max */
	SSM_OPTION_SIZE,			/* int64: bytes, min to max */
	SSM_OPTION_REAL				/* double: min to max */
} SsmOptionKind;

/*
 * Judge a text.  False if it cannot be, with *wanted as what can, after "Valid
 * values are", and, if there is more to tell, *problem as what follows "It".
 */
typedef bool (*SsmOptionCheck) (const char *value, const char **wanted, const char **problem);

/* An option and what it may hold. */
typedef struct SsmOption
{
	const char *name;
	int			where;			/* options.c's places */
	SsmOptionKind kind;
	size_t		field;			/* offset of what it sets */
	int64		min;
	int64		max;
	const char *const *words;	/* for SSM_OPTION_WORD, ends in NULL */
	SsmOptionCheck check;		/* for texts, or NULL */
} SsmOption;

extern void ssm_option_read(const SsmOption *option, DefElem *def, void *target);

#endif							/* SSM_FDW_OPTION_H */
